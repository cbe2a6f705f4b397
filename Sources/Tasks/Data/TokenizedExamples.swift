package import Layers

/// A data file's texts as tokens, laid end to end, and what the model has to answer for each.
package struct TokenizedExamples: Sendable, Hashable {
    package let tokens: [Int32]
    package let offsets: [Int]
    package let targets: Targets

    init(_ file: TokenizedFile, _ targets: Targets) {
        tokens = file.tokens
        offsets = file.offsets
        self.targets = targets
    }

    package var count: Int { offsets.count - 1 }

    package func batch(_ indices: some Collection<Int>) -> (batch: PackedBatch, targets: Targets) {
        var batch = PackedBatch(tokens: [], offsets: [0])
        for index in indices {
            batch.tokens += tokens[offsets[index]..<offsets[index + 1]]
            batch.offsets.append(Int32(batch.tokens.count))
        }
        return (batch, targets.of(indices))
    }

    /// A number that tells whether two data are the same (FNV-1a over tokens, lengths and targets).
    package var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }
        for token in tokens { mix(UInt64(bitPattern: Int64(token))) }
        for offset in offsets { mix(UInt64(offset)) }
        for number in targets.classes { mix(UInt64(bitPattern: Int64(number))) }
        for value in targets.values { mix(UInt64(value.bitPattern)) }
        return hash
    }
}
