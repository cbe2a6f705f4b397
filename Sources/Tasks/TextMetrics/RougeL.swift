/// ROUGE-L over whole texts as rouge-score has it, without its stemmer (Lin, 2004).
package enum RougeL {
    /// 2 P R / (P + R) of the longest common subsequence, from 0 to 1.
    package static func score(_ text: String, reference: String) -> Double {
        let (own, other) = (words(of: text), words(of: reference))
        guard !own.isEmpty, !other.isEmpty else { return 0 }
        let common = Double(commonLength(own, other))
        guard common > 0 else { return 0 }
        let (precision, recall) = (common / Double(own.count), common / Double(other.count))
        return 2 * precision * recall / (precision + recall)
    }

    /// Runs of a-z and 0-9 of the text in small letters: whatever else there is parts them, so letters with accents are lost.
    private static func words(of text: String) -> [String] {
        text.lowercased().unicodeScalars.split { !("a"..."z").contains($0) && !("0"..."9").contains($0) }.map { String($0) }
    }

    private static func commonLength(_ a: [String], _ b: [String]) -> Int {
        var row = [Int](repeating: 0, count: b.count + 1)
        for word in a {
            var diagonal = 0
            for (column, other) in b.enumerated() {
                let above = row[column + 1]
                row[column + 1] = word == other ? diagonal + 1 : max(above, row[column])
                diagonal = above
            }
        }
        return row[b.count]
    }
}
