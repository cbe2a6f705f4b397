import TrainerSettings

/// A plot for plotly.js: its traces, layout and configuration. There are `scatter`, `bar` and `heatmap` traces alone, which need neither
/// WebGL nor a compiler in the page.
struct PlotlyFigure {
    let plot: Plot
    let theme: PlotTheme
    let columns: Int

    init(_ plot: Plot, _ theme: PlotTheme, columns: Int? = nil) {
        (self.plot, self.theme) = (plot, theme)
        self.columns = max(1, min(columns ?? plot.columns, plot.panels.count))
    }

    var json: SettingValue {
        .object(["data": .array(traces), "layout": .object(layout), "config": Self.configuration])
    }

    static let configuration = SettingValue.object(["responsive": .bool(true), "displaylogo": .bool(false)])

    /// Without guides, which are shapes of the layout.
    var traces: [SettingValue] {
        plot.panels.enumerated().flatMap { place, panel in
            panel.layers.filter { $0.mark != .guides }.map { trace($0, place) }
        }
    }

    private func trace(_ layer: PlotLayer, _ panel: Int) -> SettingValue {
        let points = layer.points
        var trace: [String: SettingValue] = [
            "name": .string(Markup.plotly(layer.name)), "showlegend": .bool(!layer.name.isEmpty),
            "xaxis": .string("x" + Self.suffix(panel)), "yaxis": .string("y" + Self.suffix(panel)),
            "hoverinfo": .string("text"), "text": .array(points.map { .string(Markup.plotly($0.text)) }),
            "x": .array(points.map { .double($0.x) }), "y": .array(points.map { .double($0.y) }),
            "customdata": .array(points.map { .integer($0.trial) }),
        ]
        let color = SettingValue.string(theme.hex(layer.color))
        func scatter(_ mode: String) { (trace["type"], trace["mode"]) = (.string("scatter"), .string(mode)) }
        switch layer.mark {
        case .dots(let symbol):
            scatter("markers")
            trace["marker"] = marker(layer, symbol, color)
        case .line(let isBold):
            scatter("lines")
            trace["line"] = .object(["color": color, "width": .double(isBold ? 2.5 : 1)])
            if !isBold { trace["opacity"] = .double(0.6) }
        case .steps:
            scatter("lines")
            trace["line"] = .object(["color": color, "width": .double(2), "shape": .string("hv")])
        case .words:
            scatter("text")
            trace["hoverinfo"] = .string("skip")
            trace["textposition"] = .string("middle right")
            // Beside what it is the label of, not on it.
            trace["text"] = .array(points.map { .string("\u{A0}" + Markup.plotly($0.text)) })
            trace["textfont"] = .object(["size": .int(10), "color": .string(theme.text)])
        case .ranges:
            scatter("markers")
            trace["marker"] = .object(["color": color, "size": .int(9), "symbol": .string("diamond")])
            trace["error_y"] = error(points.map { ($0.y, $0.low, $0.high) }, color)
        case .bars:
            (trace["type"], trace["orientation"]) = (.string("bar"), .string("h"))
            trace["marker"] = .object(["color": color])
            trace["textposition"] = .string("none")
            trace["error_x"] = error(points.map { ($0.x, $0.low, $0.high) }, .string(theme.text))
        case .spans:
            (trace["type"], trace["orientation"]) = (.string("bar"), .string("h"))
            trace["marker"] = .object([
                "color": color, "line": .object(["color": .string(theme.ground), "width": .double(0.5)]),
            ])
            trace["base"] = .array(points.map { .number($0.low) })
            trace["x"] = .array(points.map { .double(($0.high ?? 0) - ($0.low ?? 0)) })
            trace["width"] = .double(0.8)
            trace["textposition"] = .string("none")
        case .cells(let columns, let rows):
            trace["type"] = .string("heatmap")
            trace["customdata"] = nil
            (trace["x"], trace["y"]) = (.array(columns.map { .double($0) }), .array(rows.map { .double($0) }))
            trace["z"] = Self.rows(points.map { .number($0.value) }, columns.count - 1)
            trace["text"] = Self.rows(points.map { .string(Markup.plotly($0.text)) }, columns.count - 1)
            (trace["zmin"], trace["zmax"]) = (.int(0), .int(1))
            (trace["colorscale"], trace["showscale"]) = (Self.colors, .bool(false))
            trace["hoverongaps"] = .bool(false)
        case .guides: break
        }
        return .object(trace)
    }

    private func marker(_ layer: PlotLayer, _ symbol: PlotSymbol, _ color: SettingValue) -> SettingValue {
        var marker: [String: SettingValue] = [
            "symbol": .string(symbol.plotly), "size": .int(layer.points.count > 500 ? 5 : 8), "color": color,
            "opacity": .double(layer.points.count > 500 ? 0.6 : 0.85),
        ]
        if layer.points.contains(where: { $0.value != nil }) {
            marker["color"] = .array(layer.points.map { .number($0.value) })
            (marker["cmin"], marker["cmax"], marker["colorscale"]) = (.int(0), .int(1), Self.colors)
            marker["line"] = .object(["color": .string(theme.text), "width": .double(0.8)])
        }
        return .object(marker)
    }

    private func error(_ intervals: [(Double, Double?, Double?)], _ color: SettingValue) -> SettingValue {
        .object([
            "type": .string("data"), "symmetric": .bool(false), "color": color, "thickness": .double(1.5), "width": .int(4),
            "array": .array(intervals.map { .double(max(0, ($0.2 ?? $0.0) - $0.0)) }),
            "arrayminus": .array(intervals.map { .double(max(0, $0.0 - ($0.1 ?? $0.0))) }),
        ])
    }

    private static func rows(_ values: [SettingValue], _ width: Int) -> SettingValue {
        .array(
            stride(from: 0, to: values.count, by: max(width, 1)).map {
                .array(Array(values[$0..<min($0 + width, values.count)]))
            })
    }

    private static let colors = SettingValue.array(
        (0...8).map { .array([.double(Double($0) / 8), .string(PlotTheme.cividis(Double($0) / 8))]) })

    /// "", "2", "3", ...
    static func suffix(_ panel: Int) -> String { panel == 0 ? "" : String(panel + 1) }
}

extension PlotSymbol {
    fileprivate var plotly: String {
        switch self {
        case .circle: "circle"
        case .square: "square"
        case .diamond: "diamond"
        case .cross: "x"
        case .triangle: "triangle-up"
        case .ring: "circle-open"
        }
    }
}
