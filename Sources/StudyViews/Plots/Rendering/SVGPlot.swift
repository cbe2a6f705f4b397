import TrainerSettings

extension Plot {
    /// The plot as an SVG document: readable on a light and a dark ground by the reader's own setting, with the plot's title and notes for
    /// screen readers, and without scripts.
    ///
    /// - Parameter width: in points.
    package func svg(width: Int = 900) -> String { SVGPlot(self, width: Double(width)).text }
}

/// Draws a plot as SVG.
struct SVGPlot {
    private let plot: Plot
    private let width: Double
    private(set) var colors: [PlotColor] = []

    init(_ plot: Plot, width: Double) { (self.plot, self.width) = (plot, width) }

    var text: String {
        var drawing = self
        return drawing.draw()
    }

    private mutating func draw() -> String {
        var (body, y) = ("", 40.0)
        body += #"<text class="title" x="16" y="26">\#(Markup.text(plot.title))</text>"# + "\n"
        body += legend(at: &y)
        let columns = max(1, plot.columns)
        let each = (width - 16) / Double(columns)
        for row in stride(from: 0, to: plot.panels.count, by: columns) {
            let panels = plot.panels[row..<min(row + columns, plot.panels.count)]
            let height = panels.map(\.height).max() ?? 0
            for (column, panel) in panels.enumerated() {
                let frame = SVGFrame(x: 8 + Double(column) * each, y: y, width: each, height: height)
                body += SVGPanel(panel, frame, clip: "\(plot.kind)-\(row + column)").draw { color in self.name(of: color) }
            }
            y += height + 8
        }
        for note in plot.notes {
            for line in Self.lines(note, width: Int((width - 32) / 6)) {
                y += 16
                body += #"<text class="note" x="16" y="\#(y.svg)">\#(Markup.text(line))</text>"# + "\n"
            }
        }
        let height = (y + 16).svg
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width.svg)" height="\(height)" viewBox="0 0 \(width.svg) \(height)" \
            role="img" aria-labelledby="\(plot.kind)-title \(plot.kind)-notes">
            <title id="\(plot.kind)-title">\(Markup.text(plot.title))</title>
            <desc id="\(plot.kind)-notes">\(Markup.text(plot.notes.joined(separator: "; ")))</desc>
            <style>\(style)</style>
            <g class="\(plot.kind)-plot">
            <rect class="ground" width="\(width.svg)" height="\(height)"/>
            \(body)</g>
            </svg>

            """
    }

    /// The class of a color in this document.
    private mutating func name(of color: PlotColor) -> String {
        let place = colors.firstIndex(of: color) ?? colors.count
        if place == colors.count { colors.append(color) }
        return "c\(place)"
    }

    private mutating func legend(at y: inout Double) -> String {
        var (text, x) = ("", 16.0)
        for layer in plot.panels.flatMap(\.layers) where !layer.name.isEmpty {
            let wide = 30 + 6.5 * Double(layer.name.count)
            if x + wide > width - 16, x > 16 { (x, y) = (16, y + 18) }
            text += SVGPanel.key(layer.mark, x: x + 6, y: y + 6, name(of: layer.color))
            text += #"<text class="label" x="\#((x + 16).svg)" y="\#((y + 10).svg)">\#(Markup.text(layer.name))</text>"# + "\n"
            x += wide
        }
        if x > 16 { y += 22 }
        return text
    }

    /// One class a color, for lines, fields and words of either ground; in this plot alone, as several may stand in one page.
    private var style: String {
        func rules(_ theme: PlotTheme) -> String {
            let own = "." + plot.kind + "-plot"
            var rules = [
                "\(own){font:12px system-ui,sans-serif}", "\(own) text{fill:\(theme.text)}",
                "\(own) .title{font-size:15px;font-weight:600}",
                "\(own) .label{font-size:11px}", "\(own) .note{font-size:11px;fill:\(theme.muted)}",
                "\(own) .ground{fill:\(theme.ground)}", "\(own) .grid{stroke:\(theme.grid);fill:none}",
                "\(own) .error{stroke:\(theme.text);fill:none}",
            ]
            rules += colors.enumerated().map { place, color in
                "\(own) .c\(place){fill:\(theme.hex(color));stroke:\(theme.hex(color))}"
            }
            rules += ["\(own) .open{fill:none}"]
            return rules.joined(separator: "\n")
        }
        return "\n\(rules(.light))\n@media (prefers-color-scheme: dark){\n\(rules(.dark))\n}\n"
    }

    private static func lines(_ text: String, width: Int) -> [String] {
        text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
    }
}
