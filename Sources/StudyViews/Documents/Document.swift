/// A text with tables and pictures, whatever it is written as: HTML or Markdown.
package struct Document: Sendable, Hashable {
    package enum Block: Sendable, Hashable {
        case paragraph(String)
        case list([String])
        case table(PlotTable)
        /// As it is typed or printed.
        case code(String)
        case plot(Plot)
    }

    package struct Section: Sendable, Hashable {
        package let title: String
        package var blocks: [Block]

        package init(_ title: String, _ blocks: [Block]) { (self.title, self.blocks) = (title, blocks) }
    }

    package let title: String
    package var sections: [Section]

    package init(title: String, sections: [Section]) { (self.title, self.sections) = (title, sections) }

    package var plots: [Plot] {
        sections.flatMap(\.blocks).compactMap { if case .plot(let plot) = $0 { plot } else { nil } }
    }
}
