/// Labels numbered in the order of their names, by Unicode scalars.
struct LabelNumbers: Sendable, Hashable {
    let names: [String]
    private let numbers: [String: Int32]
    private let source: String

    /// - Parameter file: the training data, for messages.
    /// - Throws: ``InputError`` when there is nothing to tell apart.
    init(training examples: [LabeledText], file: String) throws(InputError) {
        names = Set(examples.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard names.count > 1 else {
            throw InputError(place: file, problem: "has the one label '\(names.first ?? "")'; expected at least two")
        }
        numbers = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
        source = file
    }

    /// - Throws: ``InputError`` for a label that training never shows.
    func number(of example: LabeledText, file: String) throws(InputError) -> Int32 {
        guard let number = numbers[example.label] else {
            let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
            throw InputError(
                file: file, line: example.line,
                problem: "label '\(example.label)' does not occur in \(source) (known: \(known))")
        }
        return number
    }
}
