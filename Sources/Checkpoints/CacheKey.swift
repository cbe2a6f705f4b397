import FoundationEssentials

/// All that the contents of a cached file follow from, in words. Every build of the program has keys of its own.
package struct CacheKey: Sendable, Hashable {
    /// What the file holds, "tokens" say: its name begins so.
    package let kind: String
    package let text: String

    package init(kind: String, _ facts: KeyValuePairs<String, String>) {
        self.kind = kind
        let program = FileIdentity.program.map { "\($0)" } ?? "unknown"
        text = facts.map { "\($0.key): \($0.value)\n" }.joined() + "program: \(program)\n"
    }

    package var hash: UInt64 { Checksum.of(text, seed: Checksum.of(kind)) }

    /// "tokens-0123456789abcdef"
    package var fileName: String {
        let digits = String(hash, radix: 16)
        return kind + "-" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What a file of this key begins with: a mark, the text's length and the text, filled up to a whole number of cache lines.
    var header: Data {
        var header = Data("autolora cache\u{1}\n".utf8)
        withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { header.append(contentsOf: $0) }
        header.append(contentsOf: text.utf8)
        header.append(contentsOf: [UInt8](repeating: 0, count: (64 - header.count % 64) % 64))
        return header
    }
}
