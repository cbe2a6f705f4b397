/// What is wrong with a tokenizer's file, and where.
package struct TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, with a line number where one is to blame.
    package let place: String
    package let problem: String

    package var description: String { "\(place): \(problem)" }
}
