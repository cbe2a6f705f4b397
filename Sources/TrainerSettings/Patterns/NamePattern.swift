/// A regular expression for whole names of modules, whose search always ends soon: a file from elsewhere may have written it.
package struct NamePattern {
    package let text: String
    private let expression: Regex<AnyRegexOutput>

    /// Characters of an expression, and of a name that it is held against.
    private static let longest = 1000
    private static let longestName = 200
    /// Each open repetition multiplies the ways to take a name by its length.
    private static let mostRepetitions = 4

    /// - Parameter wrapped: makes the whole expression of what is given.
    /// - Throws: ``NamePatternError`` for what is no regular expression, or one whose search may take too long.
    package init(_ text: String, wrapped: (String) -> String = { $0 }) throws(NamePatternError) {
        func fail(_ problem: String) -> NamePatternError { NamePatternError(problem: problem) }
        guard text.unicodeScalars.count <= Self.longest else {
            throw fail("'\(text.prefix(40))...' has more than \(Self.longest) characters")
        }
        guard let expression = try? Regex(wrapped(text)) else { throw fail("'\(text)' is no valid regular expression") }
        if let repetition = AmbiguousRepetition(in: text) { throw fail(repetition.problem) }
        guard Self.repetitions(in: text) <= Self.mostRepetitions else {
            throw fail(
                "'\(text)' repeats something in more than \(Self.mostRepetitions) places, which can take too long; write it shorter"
            )
        }
        (self.text, self.expression) = (text, expression)
    }

    package func matches(_ name: String) -> Bool {
        guard name.utf8.count <= Self.longestName else { return false }
        return ((try? expression.wholeMatch(in: name)) ?? nil) != nil
    }

    /// As many as there may be: signs that stand for themselves in a class count too.
    private static func repetitions(in text: String) -> Int {
        var (count, isEscaped) = (0, false)
        for scalar in text.unicodeScalars {
            if !isEscaped, scalar == "*" || scalar == "+" || scalar == "{" { count += 1 }
            isEscaped = !isEscaped && scalar == "\\"
        }
        return count
    }
}

package struct NamePatternError: Error, Sendable, Hashable {
    package let problem: String
}
