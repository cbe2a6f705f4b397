/// SentencePiece's compiled rules for characters (`precompiled_charsmap`): a double-array trie of bytes whose values are places in a run of
/// texts, each of which ends with a zero.
///
/// It is applied as Hugging Face's tokenizers do: a short cluster of characters that a rule fits is replaced as a whole, even where the rule
/// is of its first character alone; else each character by itself.
struct CharacterMap: Hashable {
    private let units: [UInt32]
    /// UTF-8
    private let texts: [UInt8]
    /// Bytes of the longest text.
    let longest: Int

    /// Clusters of so many bytes are looked at character by character.
    private static let longCluster = 6

    /// - Parameter bytes: the trie's length in bytes, the trie, and the texts; numbers are little-endian.
    /// - Returns: nil for what is no such map.
    init?(_ bytes: [UInt8]) {
        func number(at place: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * $1) } }
        guard bytes.count >= 8 else { return nil }
        let size = Int(number(at: 0)) / 4
        guard size > 0, size <= (bytes.count - 4) / 4 else { return nil }
        units = (0..<size).map { number(at: 4 + 4 * $0) }
        texts = Array(bytes[(4 + 4 * size)...])
        longest = texts.split(separator: 0).map(\.count).max() ?? 0
        guard String(validating: texts, as: UTF8.self) != nil else { return nil }
    }

    /// What stands for a chunk: the text of the shortest rule that it begins with; nil: of none.
    private func replacement(of chunk: some Sequence<UInt8>) -> [UInt32]? {
        var node = offset(units[0])
        for byte in chunk where byte != 0 {
            node ^= Int(byte)
            guard node < units.count, units[node] & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
            let unit = units[node]
            node ^= offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard node < units.count else { return nil }
            return text(at: Int(units[node] & 0x7FFF_FFFF))
        }
        return nil
    }

    private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

    private func text(at place: Int) -> [UInt32]? {
        guard place <= texts.count else { return nil }
        return String(decoding: texts[place...].prefix { $0 != 0 }, as: UTF8.self).unicodeScalars.map(\.value)
    }

    func apply(_ span: TextSpan) -> TextSpan {
        var output = Output(capacity: span.scalars.count)
        var index = span.scalars.startIndex
        for count in Self.clusters(span.scalars) {
            let cluster = span.scalars[index..<index + count]
            if let replacement = Self.isShort(cluster) ? self.replacement(of: Self.utf8(cluster)) : nil {
                output.append(replacement, origin: span.origin(of: index))
            } else {
                for place in cluster.indices {
                    let own = self.replacement(of: Self.utf8(cluster[place...place])) ?? [cluster[place]]
                    output.append(own, origin: span.origin(of: place))
                }
            }
            index += count
        }
        return TextSpan(output.scalars, origins: output.origins + [span.origin(of: span.scalars.endIndex)])
    }

    private struct Output {
        var scalars: [UInt32] = []
        var origins: [Int32] = []

        init(capacity: Int) {
            scalars.reserveCapacity(capacity)
            origins.reserveCapacity(capacity + 1)
        }

        mutating func append(_ text: [UInt32], origin: Int32) {
            scalars += text
            for _ in text { origins.append(origin) }
        }
    }

    private static func isShort(_ cluster: ArraySlice<UInt32>) -> Bool {
        cluster.prefix(longCluster).reduce(0) { $0 + Unicode.Scalar.utf8Length($1) } < longCluster
    }

    private static func utf8(_ scalars: ArraySlice<UInt32>) -> String.UTF8View {
        String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init))).utf8
    }

    /// How many scalars each extended grapheme cluster has.
    private static func clusters(_ scalars: ArraySlice<UInt32>) -> [Int] {
        if scalars.allSatisfy({ $0 < 0x80 && $0 != 0x0D }) { return [Int](repeating: 1, count: scalars.count) }
        return String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init))).map(\.unicodeScalars.count)
    }
}
