import SearchSpaces

/// A figure in a dictionary within another one, where it makes no report.
package struct NestedFigure: Sendable, Hashable {
    /// The names of the dictionaries that it is in, from the outermost, and its own.
    package let path: [String]

    private static let deepest = 8

    /// The first figure of this name in a line or a file that is nested; nil: there is none.
    package init?(_ metric: String, in bytes: [UInt8]) {
        let bytes = TerminalText.plain(bytes)
        guard let path = Self.path(to: metric, in: bytes, bytes.startIndex..<bytes.endIndex, depth: 0), path.count > 1 else {
            return nil
        }
        self.path = path
    }

    private static func path(to metric: String, in bytes: [UInt8], _ range: Range<Int>, depth: Int) -> [String]? {
        var scanner = DictionaryScanner(bytes, in: range)
        for fields in scanner.dictionaries() {
            for (name, value) in fields {
                switch value {
                case .number where depth > 0 && FigureName.isSame(name, metric): return [name]
                case .other(let range) where depth < deepest:
                    if let inner = path(to: metric, in: bytes, range, depth: depth + 1) { return [name] + inner }
                default: break
                }
            }
        }
        return nil
    }

    /// What to say of it, and how it would count.
    package var words: String {
        let (name, outer) = (path[path.count - 1], path.dropLast().joined(separator: "."))
        return "; \(name) stands within '\(outer)', and only a dictionary's own names count: print {\"\(name)\": ...}"
    }
}
