/// A place in a picture, in points.
struct SVGFrame {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
}

/// Draws one coordinate system.
struct SVGPanel {
    private let panel: PlotPanel
    private let frame: SVGFrame
    private let inner: SVGFrame
    private let clip: String
    /// Whether the names along the axis stand at an angle.
    private let leans: Bool
    /// Points that a letter takes.
    private static let letter = 7.0
    private let x: SVGScale
    private let y: SVGScale

    /// - Parameter clip: a name that no other panel has.
    init(_ panel: PlotPanel, _ frame: SVGFrame, clip: String) {
        (self.panel, self.frame, self.clip) = (panel, frame, clip)
        let drawn = panel.layers.filter { $0.mark != .guides }
        let values = drawn.flatMap { $0.points.map(\.y) }
        // How wide the labels are is known once there are ticks, which hang on the range alone.
        let labels = SVGScale(panel.y, values, from: 0, to: 1).ticks.map(\.label.count).max() ?? 0
        var left = min(frame.width * 0.4, 30 + 6.2 * Double(labels))
        // Names that have no room beside each other lean; numbers are left out instead.
        let names = panel.x.ticks?.map(\.label.count) ?? []
        leans = panel.x.title.isEmpty && Double(names.max() ?? 0) * Self.letter * Double(names.count) > frame.width - left - 12
        let below = leans ? 24 + Self.letter * 0.5 * Double(names.max() ?? 0) : 44
        if leans { left = max(left, Self.letter * 0.85 * Double(names.first ?? 0)) }
        inner = SVGFrame(
            x: frame.x + left, y: frame.y + (panel.title.isEmpty ? 8 : 24), width: frame.width - left - 12,
            height: frame.height - (panel.title.isEmpty ? 8 : 24) - below)
        let along = drawn.flatMap { layer in
            layer.points.flatMap { layer.mark == .ranges ? [$0.x] : [$0.x] + [$0.low, $0.high].compactMap(\.self) }
        }
        x = SVGScale(panel.x, along, from: inner.x, to: inner.x + inner.width)
        y = SVGScale(panel.y, values, from: inner.y + inner.height, to: inner.y)
    }

    /// - Parameter name: the class of a color.
    func draw(_ name: (PlotColor) -> String) -> String {
        var text = axes
        text +=
            #"<clipPath id="\#(clip)"><rect x="\#(inner.x.svg)" y="\#(inner.y.svg)" width="\#(inner.width.svg)" height="\#(inner.height.svg)"/></clipPath>"#
        text += #"<g clip-path="url(#\#(clip))">"# + "\n"
        for layer in panel.layers { text += draw(layer, name(layer.color), name) }
        return text + "</g>\n"
    }

    private var axes: String {
        let (bottom, right) = (inner.y + inner.height, inner.x + inner.width)
        var text = ""
        if !panel.title.isEmpty {
            text += #"<text x="\#(inner.x.svg)" y="\#((frame.y + 14).svg)">\#(Markup.text(panel.title))</text>"# + "\n"
        }
        for (place, label) in shown(x.ticks, x, room: leans ? 0 : Self.letter) {
            text += #"<path class="grid" d="M\#(place.svg) \#(inner.y.svg)V\#(bottom.svg)"/>"#
            let turn =
                leans
                ? #"text-anchor="end" transform="rotate(-30 \#(place.svg) \#((bottom + 15).svg))""# : #"text-anchor="middle""#
            text +=
                #"<text class="label" \#(turn) x="\#(place.svg)" y="\#((bottom + 15).svg)">\#(Markup.text(label))</text>"#
                + "\n"
        }
        for (place, label) in shown(y.ticks, y, room: nil) {
            text += #"<path class="grid" d="M\#(inner.x.svg) \#(place.svg)H\#(right.svg)"/>"#
            text +=
                #"<text class="label" text-anchor="end" x="\#((inner.x - 5).svg)" y="\#((place + 4).svg)">\#(Markup.text(label))</text>"#
                + "\n"
        }
        let middle = inner.y + inner.height / 2
        text +=
            #"<text class="label" text-anchor="middle" x="\#((inner.x + inner.width / 2).svg)" y="\#((bottom + 33).svg)">\#(Markup.text(panel.x.title))</text>"#
        text +=
            #"<text class="label" text-anchor="middle" transform="rotate(-90 \#((frame.x + 12).svg) \#(middle.svg))" x="\#((frame.x + 12).svg)" y="\#(middle.svg)">\#(Markup.text(panel.y.title))</text>"#
            + "\n"
        return text
    }

    /// The ticks in the picture; those whose labels would lie on the one before are left out.
    ///
    /// - Parameter room: points a letter takes along the axis; nil: labels stand above each other.
    private func shown(_ ticks: [PlotTick], _ scale: SVGScale, room: Double?) -> [(Double, String)] {
        var (shown, end) = ([(Double, String)](), -Double.infinity)
        for tick in ticks {
            guard let place = scale.point(tick.place) else { continue }
            let inside =
                room == nil
                ? place >= inner.y - 1 && place <= inner.y + inner.height + 1
                : place >= inner.x - 1 && place <= inner.x + inner.width + 1
            guard inside else { continue }
            if let room {
                let half = room * Double(tick.label.count) / 2
                guard place - half > end else { continue }
                end = place + half
            }
            shown.append((place, tick.label))
        }
        return shown
    }

    private func draw(_ layer: PlotLayer, _ color: String, _ name: (PlotColor) -> String) -> String {
        switch layer.mark {
        case .dots(let symbol):
            let size = layer.points.count > 500 ? 2.0 : 3.5
            return layer.points.map { point in
                guard let x = x.point(point.x), let y = y.point(point.y) else { return "" }
                let own = point.value.map { name(.scale(($0 * 16).rounded() / 16)) } ?? color
                return Self.symbol(symbol, x: x, y: y, size: size, own) + "\n"
            }.joined()
        case .line(let isBold): return path(layer.points, color, width: isBold ? 2 : 0.8, isStepped: false)
        case .steps: return path(layer.points, color, width: 2, isStepped: true)
        case .guides:
            return layer.points.compactMap { x.point($0.x) }.map {
                #"<path class="\#(color)" stroke-dasharray="2 3" d="M\#($0.svg) \#(inner.y.svg)V\#((inner.y + inner.height).svg)"/>"#
                    + "\n"
            }.joined()
        case .words:
            return layer.points.map { point in
                guard let x = x.point(point.x), let y = y.point(point.y) else { return "" }
                return #"<text class="label" x="\#((x + 4).svg)" y="\#((y + 4).svg)">\#(Markup.text(point.text))</text>"# + "\n"
            }.joined()
        case .bars: return layer.points.map { bar($0, from: 0, to: $0.x, color) + interval($0) }.joined()
        case .spans: return layer.points.map { bar($0, from: $0.low ?? 0, to: $0.high ?? 0, color) }.joined()
        case .ranges:
            return layer.points.map { point in
                guard let x = x.point(point.x), let y = y.point(point.y), let low = self.y.point(point.low ?? point.y),
                    let high = self.y.point(point.high ?? point.y)
                else { return "" }
                return #"<path class="\#(color)" stroke-width="2" d="M\#(x.svg) \#(low.svg)V\#(high.svg)"/>"#
                    + Self.symbol(.diamond, x: x, y: y, size: 5, color) + "\n"
            }.joined()
        case .cells(let columns, let rows): return cells(layer.points, columns, rows, name)
        }
    }

    private func path(_ points: [PlotPoint], _ color: String, width: Double, isStepped: Bool) -> String {
        var (path, before) = ("", Double?.none)
        for point in points {
            guard let x = x.point(point.x), let y = y.point(point.y) else {
                before = nil
                continue
            }
            if before == nil {
                path += "M\(x.svg) \(y.svg)"
            } else if isStepped {
                path += "H\(x.svg)V\(y.svg)"
            } else {
                path += "L\(x.svg) \(y.svg)"
            }
            before = y
        }
        guard !path.isEmpty else { return "" }
        let opacity = width < 1 ? #" stroke-opacity="0.6""# : ""
        return #"<path class="\#(color) open" style="fill:none" stroke-width="\#(width)"\#(opacity) d="\#(path)"/>"# + "\n"
    }

    private func bar(_ point: PlotPoint, from low: Double, to high: Double, _ color: String) -> String {
        guard let left = x.point(low), let right = x.point(high), let top = y.point(point.y + 0.4),
            let bottom = y.point(point.y - 0.4)
        else {
            return ""
        }
        return
            #"<rect class="\#(color)" stroke-width="0" x="\#(left.svg)" y="\#(top.svg)" width="\#(max(right - left, 0.6).svg)" height="\#(max(bottom - top, 1).svg)"/>"#
            + "\n"
    }

    private func interval(_ point: PlotPoint) -> String {
        guard let low = point.low.flatMap(x.point), let high = point.high.flatMap(x.point), let y = y.point(point.y) else {
            return ""
        }
        return #"<path class="error" stroke-width="1.5" d="M\#(low.svg) \#((y - 4).svg)v8m0 -4H\#(high.svg)m0 -4v8"/>"# + "\n"
    }

    private func cells(_ points: [PlotPoint], _ columns: [Double], _ rows: [Double], _ name: (PlotColor) -> String) -> String {
        points.enumerated().map { place, point in
            let (column, row) = (place % (columns.count - 1), place / (columns.count - 1))
            guard let value = point.value, let left = x.point(columns[column]), let right = x.point(columns[column + 1]),
                let bottom = y.point(rows[row]), let top = y.point(rows[row + 1])
            else { return "" }
            let color = name(.scale((value * 16).rounded() / 16))
            return
                #"<rect class="\#(color)" x="\#(left.svg)" y="\#(top.svg)" width="\#((right - left).svg)" height="\#((bottom - top).svg)"/>"#
                + "\n"
        }.joined()
    }
}
