package import Studies
import TrainerSettings

/// What a color stands for. The colors are Okabe and Ito's ("Color Universal Design", 2008), which those who see fewer colors can tell,
/// a little lighter or darker by the ground; a scale of values is cividis (Nuñez, Anderton, Renslow, 2018).
package enum PlotColor: Sendable, Hashable {
    case state(Trial.State)
    /// One of several alike, by number.
    case series(Int)
    /// A place on the scale of values, from 0, the worst, to 1.
    case scale(Double)
    case accent
    case muted
}

package enum PlotTheme: String, Sendable, Hashable, CaseIterable {
    case light, dark
}

extension PlotTheme {
    /// As "#rrggbb".
    func hex(_ color: PlotColor) -> String {
        switch color {
        case .state(let state):
            switch state {
            case .complete: series[0]
            case .pruned: series[1]
            case .running: series[2]
            case .failed: series[3]
            case .paused: series[4]
            case .waiting: muted
            }
        case .series(let number): series[number % series.count]
        case .scale(let value): Self.cividis(value)
        case .accent: series[0]
        case .muted: muted
        }
    }

    fileprivate var series: [String] {
        self == .light
            ? ["#0072b2", "#b87800", "#00835f", "#c94a00", "#b0568a", "#3a8fbf", "#6b6b00"]
            : ["#56b4e9", "#e69f00", "#2fbf94", "#ff8a4c", "#dd93be", "#9ad0f0", "#e8dd5a"]
    }

    var muted: String { self == .light ? "#8a8a8a" : "#8f8f8f" }
    var text: String { self == .light ? "#222222" : "#dddddd" }
    var grid: String { self == .light ? "#e3e3e3" : "#3a3a3a" }
    var ground: String { self == .light ? "#ffffff" : "#1b1b1b" }

    static func cividis(_ value: Double) -> String {
        let place = min(max(value.isFinite ? value : 0, 0), 1) * Double(anchors.count - 1)
        let index = min(Int(place), anchors.count - 2)
        let (low, high, share) = (anchors[index], anchors[index + 1], place - Double(index))
        let mixed = zip(low, high).map { Int((Double($0) + (Double($1) - Double($0)) * share).rounded()) }
        return "#" + mixed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Every eighth of cividis.
    static let anchors = [
        [0, 34, 78], [30, 52, 110], [67, 78, 108], [97, 105, 111], [125, 124, 120], [155, 146, 118], [189, 171, 103],
        [222, 199, 80], [254, 232, 56],
    ]
}

extension Trial.State {
    /// Told apart also where no color is.
    var symbol: PlotSymbol {
        switch self {
        case .complete: .circle
        case .pruned: .triangle
        case .failed: .cross
        case .running: .diamond
        case .paused: .square
        case .waiting: .ring
        }
    }
}

extension PlotTheme {
    /// The dark color of each light one.
    static var darkColors: [String: SettingValue] {
        func all(_ theme: PlotTheme) -> [String] { theme.series + [theme.muted, theme.text, theme.grid, theme.ground] }
        return Dictionary(zip(all(.light), all(.dark).map(SettingValue.string))) { first, _ in first }
    }
}
