import TrainerSettings

extension Document {
    /// As Markdown.
    ///
    /// - Parameter picture: where each plot's picture is, from the document's folder.
    package func markdown(picture: (Plot) -> String) -> String {
        let parts = sections.map { section in
            "## \(Markup.markdown(section.title))\n\n" + section.blocks.map { markdown($0, picture) }.joined(separator: "\n")
        }
        return "# \(Markup.markdown(title))\n\n" + parts.joined(separator: "\n")
    }

    private func markdown(_ block: Block, _ picture: (Plot) -> String) -> String {
        switch block {
        case .paragraph(let text): return Markup.markdown(text) + "\n"
        case .list(let items): return items.map { "- \(Markup.markdown($0))\n" }.joined()
        case .code(let text): return Self.fenced(text)
        case .table(let table): return Self.markdown(table)
        case .plot(let plot):
            let notes = plot.notes.map { Markup.markdown($0) + "\n" }.joined(separator: "\n")
            return "![\(Markup.markdown(plot.title))](\(picture(plot)))\n" + (notes.isEmpty ? "" : "\n" + notes)
        }
    }

    /// Behind a fence that is longer than any in the text.
    private static func fenced(_ text: String) -> String {
        var (longest, run) = (2, 0)
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)\n\(text.printableLines)\n\(fence)\n"
    }

    private static func markdown(_ table: PlotTable) -> String {
        func row(_ cells: [String]) -> String { "| " + cells.map(Markup.markdown).joined(separator: " | ") + " |\n" }
        let line = "|" + String(repeating: "---|", count: table.columns.count) + "\n"
        let notes = table.notes.map { "\n\(Markup.markdown($0))\n" }.joined()
        return row(table.columns) + line + table.rows.map(row).joined() + notes
    }
}
