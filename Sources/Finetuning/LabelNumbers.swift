/// Labels numbered in the order of their names, by Unicode scalars.
struct LabelNumbers: Sendable, Hashable {
    let names: [String]
    private let numbers: [String: Int32]
    private let source: String

    /// - Parameter file: the training data, for messages.
    /// - Throws: ``InputError`` when there is nothing to tell apart.
    init(training examples: [LabeledText], file: String) throws(InputError) {
        try self.init(names: Set(examples.map(\.label)), file: file)
    }

    init(names: some Sequence<String>, file: String) throws(InputError) {
        let names = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard names.count > 1 else {
            throw InputError(place: file, problem: "has the one label '\(names.first ?? "")'; expected at least two")
        }
        self.names = names
        numbers = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
        source = file
    }

    /// - Throws: ``InputError`` for a label that training never shows.
    func number(of example: LabeledText, file: String) throws(InputError) -> Int32 {
        try number(of: example.label, file: file, line: example.line)
    }

    func number(of label: String, file: String, line: Int) throws(InputError) -> Int32 {
        guard let number = numbers[label] else {
            let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
            throw InputError(
                file: file, line: line, problem: "label '\(label)' does not occur in \(source) (known: \(known))")
        }
        return number
    }
}
