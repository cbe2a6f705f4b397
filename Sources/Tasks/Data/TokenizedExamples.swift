package import Layers

/// A data file's rows as tokens, laid end to end, and what the model has to answer for each.
package struct TokenizedExamples: Sendable, Hashable {
    package let tokens: [Int32]
    package let offsets: [Int]
    package let targets: Targets
    /// Of each target that is a token the place in its row that it is predicted from; empty where targets are no tokens.
    private let sources: [Int32]
    /// Rows that lost their end, and rows that were left out.
    package let (cut, dropped): (Int, Int)
    /// What rows they are, where they have no labels.
    package let kind: String?

    init(_ file: TokenizedFile, _ targets: Targets) {
        tokens = file.tokens
        offsets = file.offsets
        (cut, dropped) = (file.cut, file.dropped)
        kind = file.spans.isEmpty ? nil : file.names.first
        sources = file.answers.map { Int32($0.token - 1 - file.offsets[$0.row]) }
        self.targets = targets
    }

    package var count: Int { offsets.count - 1 }

    /// In bytes.
    var memory: Int {
        (tokens.count + sources.count) * MemoryLayout<Int32>.stride + offsets.count * MemoryLayout<Int>.stride + targets.memory
    }

    /// Of each row, in tokens.
    package var lengths: [Int] { zip(offsets, offsets.dropFirst()).map { $1 - $0 } }

    package func batch(_ indices: some Collection<Int>) -> (batch: PackedBatch, targets: Targets) {
        var batch = PackedBatch(tokens: [], offsets: [0])
        for index in indices {
            batch.tokens += tokens[offsets[index]..<offsets[index + 1]]
            if !sources.isEmpty {
                let start = batch.offsets[batch.offsets.count - 1]
                batch.listed += sources[targets.places(of: index)].map { start + $0 }
            }
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
        for source in sources { mix(UInt64(source)) }
        for start in targets.starts { mix(UInt64(start)) }
        return hash
    }
}
