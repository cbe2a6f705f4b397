import TrainerSettings

/// A regular expression that reads figures from a line of prose: each named group is a figure, and the one group without a name is
/// the study's metric.
package struct LinePattern {
    private let expression: Regex<AnyRegexOutput>
    /// The groups' names in their order; nil: it has none.
    package let groups: [String?]

    /// A search takes a time that grows with more than the line's length.
    package static let longestLine = 4096

    /// - Throws: ``LinePatternError``.
    package init(_ text: String) throws(LinePatternError) {
        do {
            expression = try Regex(text).matchingSemantics(.unicodeScalar)
            // The empty alternative always matches, and a match tells of all groups.
            let output = try Regex("(?:\(text))|").prefixMatch(in: "")?.output
            groups = (output.map { Array($0) } ?? []).dropFirst().map(\.name)
        } catch {
            throw LinePatternError(description: "this is no regular expression: \(error)")
        }
        if let repetition = AmbiguousRepetition(in: text) { throw LinePatternError(description: repetition.problem) }
    }

    /// What the groups hold in the line's last match; nil: the line has none.
    ///
    /// - Parameter metric: what the group without a name is called.
    package func texts(in line: String, metric: String?) -> [String: String]? {
        guard line.unicodeScalars.count <= Self.longestLine, let match = line.matches(of: expression).last else { return nil }
        var texts: [String: String] = [:]
        for element in match.output.dropFirst() {
            guard let text = element.substring, let name = element.name ?? metric else { continue }
            // A name can stand for the metric only where no group has it.
            if element.name != nil || texts[name] == nil { texts[name] = String(text) }
        }
        return texts
    }
}

package struct LinePatternError: Error, Hashable, CustomStringConvertible {
    package let description: String
}
