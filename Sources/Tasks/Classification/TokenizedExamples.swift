package import Layers

/// A data file's texts as tokens, laid end to end, and the numbers of their labels.
package struct TokenizedExamples: Sendable, Hashable {
    package let tokens: [Int32]
    package let offsets: [Int]
    package let labels: [Int32]

    /// - Parameter numbers: of the file's labels, in the order of its names.
    init(_ file: TokenizedFile, labels numbers: [Int32]) {
        tokens = file.tokens
        offsets = file.offsets
        labels = file.labels.map { numbers[Int($0)] }
    }

    package var count: Int { labels.count }

    package func batch(_ indices: some Sequence<Int>) -> (batch: PackedBatch, labels: [Int32]) {
        var batch = PackedBatch(tokens: [], offsets: [0])
        var chosen: [Int32] = []
        for index in indices {
            batch.tokens += tokens[offsets[index]..<offsets[index + 1]]
            batch.offsets.append(Int32(batch.tokens.count))
            chosen.append(labels[index])
        }
        return (batch, chosen)
    }

    /// A number that tells whether two data are the same (FNV-1a over tokens, lengths and labels).
    package var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }
        for token in tokens { mix(UInt64(bitPattern: Int64(token))) }
        for offset in offsets { mix(UInt64(offset)) }
        for label in labels { mix(UInt64(bitPattern: Int64(label))) }
        return hash
    }
}
