/// Tokens that stand for themselves where a text names them, before anything is normalised.
struct SpecialTokens {
    private let entries: [(scalars: [UInt32], id: Int32)]
    private let firsts: [UInt32]

    init(_ names: [String], in vocabulary: Vocabulary) {
        entries = Set(names).compactMap { name in vocabulary.id(of: name).map { (name.unicodeScalars.map(\.value), $0) } }
            .sorted { ($0.0.count, $0.1) > ($1.0.count, $1.1) }
        firsts = Array(Set(entries.compactMap { $0.scalars.first }))
    }

    /// The first one in the text from an index on, the longest of those that begin there.
    func next(in text: [UInt32], from start: Int) -> (range: Range<Int>, id: Int32)? {
        for index in start..<text.count where firsts.contains(text[index]) {
            for entry in entries where text[index...].starts(with: entry.scalars) {
                return (index..<(index + entry.scalars.count), entry.id)
            }
        }
        return nil
    }
}
