/// Labels and the numbers of their classes (``ClassNumbers``).
struct LabelNumbers: Sendable, Hashable {
    /// In the order of their numbers.
    let names: [String]
    private let numbers: [String: Int32]
    /// By the whole number that a name stands for.
    private let wholeNumbers: [String: Int32]
    private let source: String

    /// - Parameter file: the training data, for messages.
    /// - Throws: ``InputError`` when there is nothing to tell apart.
    init(training labels: some Sequence<String>, file: String) throws(InputError) {
        try self.init(ordered: ClassNumbers.names(of: labels), source: file)
    }

    /// - Parameters:
    ///   - names: in the order of their numbers.
    ///   - source: the file that has them, for messages.
    init(ordered names: [String], source: String) throws(InputError) {
        guard names.count > 1 else {
            throw InputError(
                place: source,
                problem: "has the one label '\(names.first ?? "")'; expected at least two, or there is nothing to tell apart")
        }
        self.names = names
        numbers = Dictionary(zip(names, Int32(0)...)) { first, _ in first }
        wholeNumbers = Dictionary(
            zip(names, Int32(0)...).compactMap { name, number in ClassNumbers.wholeNumber(name).map { ($0, number) } }
        ) { first, _ in first }
        self.source = source
    }

    /// nil for a label that is none of them.
    subscript(label: String) -> Int32? {
        numbers[label] ?? ClassNumbers.wholeNumber(label).flatMap { wholeNumbers[$0] }
    }

    /// - Throws: ``InputError`` for a label that training never shows.
    func number(of label: String, file: String, line: Int) throws(InputError) -> Int32 {
        if let number = self[label] { return number }
        let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
        let place = source == file ? "the rows to train on" : source
        let near = names.first { LabelRemarks.likeness($0) == LabelRemarks.likeness(label) }
        throw InputError(
            file: file, line: line,
            problem: "label '\(label)' does not occur in \(place) (known: \(known))"
                + (near.map { "; it differs from '\($0)' in spaces or capitals alone" } ?? (source == file ? Self.remedy : "")))
    }

    private static let remedy = "; find more of its rows, give it one name with another, or give each part a file of its own"

    /// The numbers that the names had when whole numbers were taken for texts; nil where they are the same.
    var numberedAsTexts: LabelNumbers? {
        let other = ClassNumbers.byName(names)
        return other == names ? nil : try? LabelNumbers(ordered: other, source: source)
    }
}
