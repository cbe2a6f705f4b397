package import TrainerSettings

/// A picture of a study as a value: what is drawn, in the units of its axes, and the same as a table. Nothing in it says how it is
/// rendered; ``json(_:)`` and ``svg(width:)`` do that.
package struct Plot: Sendable, Hashable {
    /// The name of its ``PlotKind``.
    package let kind: String
    package let title: String
    /// What is left out, or why there is nothing to see.
    package var notes: [String]
    /// Beside and under each other; none: ``notes`` says why.
    package var panels: [PlotPanel]
    package var table: PlotTable

    package init(
        kind: String, title: String, notes: [String] = [], panels: [PlotPanel] = [],
        table: PlotTable = PlotTable(columns: [], rows: [])
    ) {
        (self.kind, self.title, self.notes) = (kind, title, notes + table.notes)
        (self.panels, self.table) = (panels, table)
    }

    /// Panels that stand beside each other.
    package var columns: Int { min(panels.count, panels.count > 4 ? 3 : 2) }
}

/// One coordinate system with what is drawn in it.
package struct PlotPanel: Sendable, Hashable {
    /// Empty where the plot's own is enough.
    package var title = ""
    package var x: PlotAxis
    package var y: PlotAxis
    /// The later lie on the earlier.
    package var layers: [PlotLayer]
    /// In points.
    package var height = 340.0
}

package enum PlotScale: String, Sendable, Hashable, CaseIterable {
    case linear, log
}

package struct PlotAxis: Sendable, Hashable {
    package var title: String
    package var scale = PlotScale.linear
    /// nil: where they stand is the renderer's choice.
    package var ticks: [PlotTick]?
    /// nil: what the points span.
    package var range: ClosedRange<Double>?
    /// Whether it counts: there is nothing between two of its numbers.
    package var isWhole = false
}

package struct PlotTick: Sendable, Hashable {
    package let place: Double
    package let label: String
}

/// Points that are drawn alike.
package struct PlotLayer: Sendable, Hashable {
    /// For the legend; empty: it is not in there.
    package var name = ""
    package var mark: PlotMark
    package var color: PlotColor
    package var points: [PlotPoint]
}

extension PlotLayer {
    /// A line, and a dot for each point that has none beside it: a line of one point is not seen.
    static func line(name: String, mark: PlotMark, color: PlotColor, points: [PlotPoint]) -> [PlotLayer] {
        let isThere = points.map { $0.x.isFinite && $0.y.isFinite }
        let alone = points.indices.filter { place in
            isThere[place] && (place == 0 || !isThere[place - 1]) && (place + 1 == points.count || !isThere[place + 1])
        }
        let dots = PlotLayer(mark: .dots(.circle), color: color, points: alone.map { points[$0] })
        guard !alone.isEmpty else { return [PlotLayer(name: name, mark: mark, color: color, points: points)] }
        guard alone.count < isThere.count(where: \.self) else {
            return [PlotLayer(name: name, mark: dots.mark, color: color, points: dots.points)]
        }
        return [PlotLayer(name: name, mark: mark, color: color, points: points), dots]
    }
}

package enum PlotMark: Sendable, Hashable {
    case dots(PlotSymbol)
    /// From point to point; one that is not finite breaks it.
    case line(isBold: Bool)
    /// From point to point, along and then up.
    case steps
    /// From 0 to x at the height y, `low` to `high` as an interval.
    case bars
    /// From `low` to `high` at the height y.
    case spans
    /// A dot at y, and a line from `low` to `high` through it.
    case ranges
    /// A line across the panel at x.
    case guides
    /// Words at a place.
    case words
    /// Fields of a grid, by rows from the lowest, each with its ``PlotPoint/value``; the edges of columns and rows.
    case cells(columns: [Double], rows: [Double])
}

package enum PlotSymbol: String, Sendable, Hashable {
    case circle, square, diamond, cross, triangle, ring
}

package struct PlotPoint: Sendable, Hashable {
    package var x: Double
    package var y: Double
    package var low: Double?
    package var high: Double?
    /// From 0 to 1: the place on the scale of colors; nil: the layer's color.
    package var value: Double?
    /// The trial that it is of.
    package var trial: Int?
    /// For who points at it, in lines; for words the words.
    package var text = ""
}

/// What a plot shows, for readers of tables and of screens.
package struct PlotTable: Sendable, Hashable {
    package static let mostRows = 1000

    package let columns: [String]
    package let rows: [[String]]
    let notes: [String]

    /// - Parameter rows: those beyond ``mostRows`` are left out, which a note says.
    package init(columns: [String], rows: [[String]]) {
        self.columns = columns
        self.rows = Array(rows.prefix(Self.mostRows))
        notes =
            rows.count > Self.mostRows
            ? ["the table has the first \(Self.mostRows) of \(rows.count) rows; `autolora trials STUDY --csv` has all"] : []
    }
}

extension Plot {
    /// What a page needs to show it: plotly's traces and layout, and the table.
    ///
    /// - Parameter columns: panels beside each other; nil: as many as suit a wide page.
    package func json(_ theme: PlotTheme, columns: Int? = nil) -> SettingValue {
        .object([
            "kind": .string(kind), "title": .string(title), "notes": .array(notes.map(SettingValue.string)),
            "plotly": PlotlyFigure(self, theme, columns: columns).json,
            "table": .object([
                "columns": .array(table.columns.map(SettingValue.string)),
                "rows": .array(table.rows.map { .array($0.map(SettingValue.string)) }),
            ]),
        ])
    }
}
