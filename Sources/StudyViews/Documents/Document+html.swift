import TrainerSettings

extension Document {
    /// One page that needs nothing else: its styles, plotly.js and the plots are in it. Nothing is loaded from anywhere.
    ///
    /// - Parameter plotly: plotly.js's text.
    package func html(_ plotly: String) -> String {
        let body = sections.map { section in
            "<section>\n<h2>\(Markup.text(section.title))</h2>\n\(section.blocks.map(html).joined())</section>\n"
        }.joined()
        // A script's text ends at the first thing that looks like its end, whatever JavaScript makes of it.
        let figures = Self.json(.array(plots.map(Self.figure)))
        let scripts =
            plots.isEmpty
            ? ""
            : """
            <script>\(plotly.replacing("</script", with: #"<\/script"#))</script>
            <script type="application/json" id="figures">\(figures)</script>
            <script type="application/json" id="dark-colors">\(Self.json(.object(PlotTheme.darkColors)))</script>
            <script>\(Self.script)</script>

            """
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(Markup.text(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(Markup.text(title))</h1>
            \(body)</main>
            \(scripts)</body>
            </html>

            """
    }

    /// JSON between a script element's tags, which ends at the first thing that looks like its end.
    private static func json(_ value: SettingValue) -> String {
        JSONWriter.text(value, .page).replacing("</", with: #"<\/"#).replacing("<!--", with: #"<\u0021--"#)
    }

    private func html(_ block: Block) -> String {
        switch block {
        case .paragraph(let text): return "<p>\(Markup.text(text))</p>\n"
        case .list(let items): return "<ul>\n\(items.map { "<li>\(Markup.text($0))</li>\n" }.joined())</ul>\n"
        case .code(let text):
            return
                "<pre>\(text.split(separator: "\n", omittingEmptySubsequences: false).map { Markup.text(String($0)) }.joined(separator: "\n"))</pre>\n"
        case .table(let table): return Self.html(table)
        case .plot(let plot):
            let number = plots.firstIndex(of: plot) ?? 0
            let notes = plot.notes.map { "<p class=\"note\">\(Markup.text($0))</p>\n" }.joined()
            let height = Int(plot.panels.map(\.height).max() ?? 0)
            return """
                <figure>
                <figcaption>\(Markup.text(plot.title))</figcaption>
                <div class="plot" id="plot-\(number)" style="min-height:\(height)px" role="img" aria-label="\(Markup.text(plot.title))"></div>
                \(notes)<details><summary>as a table</summary>
                \(Self.html(plot.table))</details>
                </figure>

                """
        }
    }

    private static func html(_ table: PlotTable) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(Markup.text($0))</\(tag)>" }.joined() + "</tr>\n"
        }
        let notes = table.notes.map { "<p class=\"note\">\(Markup.text($0))</p>\n" }.joined()
        return """
            <div class="scroll"><table>
            <thead>\(row(table.columns, "th"))</thead>
            <tbody>
            \(table.rows.map { row($0, "td") }.joined())</tbody>
            </table></div>
            \(notes)
            """
    }

    /// For wide and narrow pages: which it is, is known only in the page.
    private static func figure(_ plot: Plot) -> SettingValue {
        let (wide, narrow) = (PlotlyFigure(plot, .light), PlotlyFigure(plot, .light, columns: 1))
        return .object([
            "data": .array(wide.traces), "wide": .object(wide.layout), "narrow": .object(narrow.layout),
            "config": PlotlyFigure.configuration,
        ])
    }

    private static let script = """

        (function () {
          var figures = JSON.parse(document.getElementById("figures").textContent);
          var colors = JSON.parse(document.getElementById("dark-colors").textContent);
          var dark = window.matchMedia("(prefers-color-scheme: dark)");
          var narrow = window.matchMedia("(max-width: 700px)");
          function darkened(value) {
            if (typeof value === "string") return colors[value] || value;
            if (Array.isArray(value)) return value.map(darkened);
            if (value === null || typeof value !== "object") return value;
            return Object.fromEntries(Object.entries(value).map(function (entry) { return [entry[0], darkened(entry[1])]; }));
          }
          function draw() {
            figures.forEach(function (figure, number) {
              var element = document.getElementById("plot-" + number);
              var shown = { data: figure.data, layout: narrow.matches ? figure.narrow : figure.wide };
              // A copy: plotly writes into what it is given.
              shown = dark.matches ? darkened(shown) : JSON.parse(JSON.stringify(shown));
              Plotly.react(element, shown.data, shown.layout, figure.config);
            });
          }
          dark.addEventListener("change", draw);
          narrow.addEventListener("change", draw);
          draw();
        })();

        """

    private static let style = """

        :root { --text: #222; --ground: #fff; --soft: #666; --line: #ddd; --field: #f5f5f5; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #ddd; --ground: #1b1b1b; --soft: #999; --line: #3a3a3a; --field: #262626; }
        }
        body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 1000px; margin: 0 auto; padding: 16px; }
        h1 { font-size: 26px; } h2 { font-size: 19px; margin-top: 40px; border-bottom: 1px solid var(--line); }
        figure { margin: 24px 0; } figcaption { font-weight: 600; }
        .note { color: var(--soft); font-size: 13px; margin: 4px 0; }
        pre { background: var(--field); padding: 10px; overflow-x: auto; font-size: 13px; }
        .scroll { overflow: auto; max-height: 480px; }
        table { border-collapse: collapse; font-size: 13px; }
        th, td { text-align: left; padding: 3px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { position: sticky; top: 0; background: var(--ground); }
        summary { cursor: pointer; color: var(--soft); font-size: 13px; }

        """
}

/// A page with plots and nothing else.
package struct PlotPage: Sendable {
    private let document: Document

    package init(title: String, plots: [Plot]) {
        let empty = plots.filter(\.panels.isEmpty)
        var blocks = plots.filter { !$0.panels.isEmpty }.map(Document.Block.plot)
        blocks += empty.flatMap(\.notes).map(Document.Block.paragraph)
        document = Document(title: title, sections: [Document.Section("The plot", blocks)])
    }

    /// - Parameter plotly: plotly.js's text.
    package func html(_ plotly: String) -> String { document.html(plotly) }
}
