import Glibc
import TrainerSettings

/// Where the panels stand, their axes, and the guides in them.
extension PlotlyFigure {
    private var rowCount: Int { (plot.panels.count + columns - 1) / columns }

    private func height(ofRow row: Int) -> Double {
        plot.panels[(row * columns)..<min((row + 1) * columns, plot.panels.count)].map(\.height).max() ?? 0
    }

    var layout: [String: SettingValue] {
        let heights = (0..<(plot.panels.isEmpty ? 0 : rowCount)).map(height)
        let total = heights.reduce(0, +) + 60
        var layout: [String: SettingValue] = [
            "autosize": .bool(true), "height": .double(total), "hovermode": .string("closest"),
            "barmode": .string("overlay"), "paper_bgcolor": .string("rgba(0,0,0,0)"), "plot_bgcolor": .string("rgba(0,0,0,0)"),
            "font": .object(["color": .string(theme.text), "size": .int(12)]),
            "margin": .object(["l": .int(64), "r": .int(16), "t": .int(44), "b": .int(48)]),
            "legend": .object([
                "orientation": .string("h"), "x": .int(0), "y": .double(1 + 8 / max(total, 1)), "yanchor": .string("bottom"),
            ]),
            "modebar": .object(["bgcolor": .string("rgba(0,0,0,0)"), "color": .string(theme.muted)]),
            "shapes": .array(plot.panels.enumerated().flatMap { place, panel in shapes(panel, place) }),
        ]
        var annotations: [SettingValue] = []
        for (place, panel) in plot.panels.enumerated() {
            let (row, column) = (place / columns, place % columns)
            let gap = columns > 1 ? 0.075 : 0
            let width = (1 - gap * Double(columns - 1)) / Double(columns)
            let left = Double(column) * (width + gap)
            let above = heights[..<row].reduce(0, +)
            let all = heights.reduce(0, +)
            // Room for the titles of the axis above.
            let top = 1 - above / all - (row > 0 ? 40 / all : 0)
            let bottom = 1 - (above + heights[row]) / all + (row + 1 < rowCount ? 30 / all : 0)
            let suffix = Self.suffix(place)
            layout["xaxis" + suffix] = axis(
                panel.x, [left, left + width], anchor: "y" + suffix, values: panel.layers.flatMap { $0.points.map(\.x) })
            layout["yaxis" + suffix] = axis(panel.y, [max(0, bottom), min(1, top)], anchor: "x" + suffix)
            if !panel.title.isEmpty { annotations.append(title(panel.title, left, top)) }
        }
        layout["annotations"] = .array(annotations)
        return layout
    }

    private func title(_ text: String, _ x: Double, _ y: Double) -> SettingValue {
        .object([
            "text": .string(Markup.plotly(text)), "x": .double(x), "y": .double(y), "xref": .string("paper"),
            "yref": .string("paper"), "xanchor": .string("left"), "yanchor": .string("bottom"), "showarrow": .bool(false),
        ])
    }

    private func axis(_ axis: PlotAxis, _ domain: [Double], anchor: String, values: [Double] = []) -> SettingValue {
        var object: [String: SettingValue] = [
            "title": .object(["text": .string(Markup.plotly(axis.title))]), "type": .string(axis.scale.rawValue),
            "domain": .array(domain.map { .double($0) }), "anchor": .string(anchor), "gridcolor": .string(theme.grid),
            "zeroline": .bool(false), "automargin": .bool(true), "ticklabelstandoff": .int(4),
        ]
        if let range = axis.range {
            let ends = [range.lowerBound, range.upperBound]
            object["range"] = .array(ends.map { .double(axis.scale == .log ? log10($0) : $0) })
        }
        let finite = values.filter(\.isFinite)
        if axis.isWhole, let low = finite.min(), let high = finite.max(), high - low <= 10 { object["dtick"] = .int(1) }
        if let ticks = axis.ticks {
            object["tickmode"] = .string("array")
            object["tickvals"] = .array(ticks.map { .double($0.place) })
            object["ticktext"] = .array(ticks.map { .string(Markup.plotly($0.label)) })
            if ticks.isEmpty { object["showgrid"] = .bool(false) }
        }
        return .object(object)
    }

    private func shapes(_ panel: PlotPanel, _ place: Int) -> [SettingValue] {
        panel.layers.filter { $0.mark == .guides }.flatMap { layer in
            layer.points.map { point in
                .object([
                    "type": .string("line"), "layer": .string("below"), "xref": .string("x" + Self.suffix(place)),
                    "yref": .string("y\(Self.suffix(place)) domain"), "x0": .double(point.x), "x1": .double(point.x),
                    "y0": .int(0), "y1": .int(1),
                    "line": .object([
                        "color": .string(theme.hex(layer.color)), "width": .int(1), "dash": .string("dot"),
                    ]),
                ])
            }
        }
    }
}
