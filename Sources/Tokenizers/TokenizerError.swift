/// What is wrong with a tokenizer's file, and where.
package struct TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, with a line number where one is to blame.
    package let place: String
    package let problem: String

    package init(place: String, problem: String) { (self.place, self.problem) = (place, problem) }

    package var description: String { "\(place): \(problem)" }
}
