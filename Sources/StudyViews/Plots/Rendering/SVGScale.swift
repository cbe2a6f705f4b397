import Glibc
import SearchSpaces
import TrainerSettings

/// From an axis's values to a picture's points.
struct SVGScale {
    let ticks: [PlotTick]
    private let isLogarithmic: Bool
    private let range: ClosedRange<Double>
    private let start: Double
    private let end: Double

    /// - Parameters:
    ///   - values: what is drawn, where the axis says no range.
    ///   - start: the point of the range's lower end; the end may be above it in the picture.
    init(_ axis: PlotAxis, _ values: [Double], from start: Double, to end: Double) {
        (self.start, self.end, isLogarithmic) = (start, end, axis.scale == .log)
        let place = { (x: Double) in axis.scale == .log ? log10(x) : x }
        let finite = values.filter { $0.isFinite && (axis.scale == .linear || $0 > 0) }
        let shown = axis.range ?? (finite.min() ?? 1)...(finite.max() ?? 1)
        let (low, high) = (place(shown.lowerBound), place(shown.upperBound))
        let margin = axis.range != nil ? 0 : high > low ? (high - low) * 0.04 : 0.5
        range = (low - margin)...(high + max(margin, high > low ? 0 : 0.5))
        if let given = axis.ticks {
            ticks = given
        } else if isLogarithmic {
            ticks = Ticks.logarithmic(range).map { PlotTick(place: pow(10, $0.place), label: $0.label) }
        } else {
            ticks = Ticks.linear(range, about: 5).filter { !axis.isWhole || $0 == $0.rounded() }.map {
                PlotTick(place: $0, label: SettingValue.short($0))
            }
        }
    }

    /// nil for what has no place in the picture.
    func point(_ value: Double) -> Double? {
        guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
        let place = isLogarithmic ? log10(value) : value
        let share = (place - range.lowerBound) / (range.upperBound - range.lowerBound)
        // What lies just outside still leads a line out of the picture.
        guard share > -4, share < 5 else { return nil }
        return start + share * (end - start)
    }
}

extension Double {
    /// With one digit after the point: a tenth of a point is not seen.
    var svg: String {
        let tenths = Int((self * 10).rounded())
        return tenths.isMultiple(of: 10) ? String(tenths / 10) : "\(Double(tenths) / 10)"
    }
}
