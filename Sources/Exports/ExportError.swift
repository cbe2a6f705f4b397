/// Why something cannot be exported, with what to do next.
package struct ExportError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
