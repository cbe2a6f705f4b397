/// A run of a batch's sequences, which one thread computes.
package struct Shard {
    package let batch: PackedBatch
    package let sequences: Range<Int>
    /// What enters the lowest layer that is not the same in every pass, for the whole batch, [tokens, hidden]; nil: it is computed.
    package let prefix: UnsafePointer<Float>?

    package init(_ batch: PackedBatch, sequences: Range<Int>, prefix: UnsafePointer<Float>? = nil) {
        self.batch = batch
        self.sequences = sequences
        self.prefix = prefix
    }

    package var firstToken: Int { Int(batch.offsets[sequences.lowerBound]) }
    package var tokenCount: Int { Int(batch.offsets[sequences.upperBound]) - firstToken }
    package var tokenRows: Rows { Rows(count: tokenCount, first: firstToken) }
    package var sequenceRows: Rows { Rows(count: sequences.count, first: sequences.lowerBound) }
    package var longest: Int { (0..<sequences.count).map { place($0).length }.max() ?? 0 }

    /// Where in the shard a sequence begins, and its length.
    package func place(_ sequence: Int) -> (start: Int, length: Int) {
        let start = Int(batch.offsets[sequences.lowerBound + sequence])
        return (start - firstToken, Int(batch.offsets[sequences.lowerBound + sequence + 1]) - start)
    }
}

/// Which rows of a backbone's result a task wants.
package enum RowSelection: Sendable, Hashable, CaseIterable {
    /// One for each sequence, as the architecture's own classifiers make it.
    case pooled
    /// One for each token.
    case all
    /// Those of the tokens that the batch lists (``PackedBatch/listed``).
    case listed

    /// The rows of the shard that are wanted.
    package func rows(of shard: Shard) -> Rows {
        switch self {
        case .pooled: shard.sequenceRows
        case .all: shard.tokenRows
        case .listed: ChosenTokens(listedIn: shard).rows
        }
    }
}

/// Tokens of a shard that alone are computed from some layer on.
package struct ChosenTokens {
    /// Places in the shard, in ascending order.
    package let tokens: [Int]
    /// Of each sequence, which of ``tokens`` are its own.
    package let ranges: [Range<Int>]
    package let rows: Rows

    /// Each sequence's first token.
    package init(firstOf shard: Shard) {
        tokens = (0..<shard.sequences.count).map { shard.place($0).start }
        ranges = (0..<shard.sequences.count).map { $0..<$0 + 1 }
        rows = shard.sequenceRows
    }

    /// Each sequence's last token that is no padding, as transformers' classifiers look for it; of padding alone the first.
    package init(lastOf shard: Shard, padding: Int?) {
        let tokens = shard.batch.tokens[shard.firstToken...]
        self.tokens = (0..<shard.sequences.count).map { sequence in
            let (start, length) = shard.place(sequence)
            return (start..<start + length).last { Int(tokens[tokens.startIndex + $0]) != padding } ?? start
        }
        ranges = (0..<shard.sequences.count).map { $0..<$0 + 1 }
        rows = shard.sequenceRows
    }

    package init(listedIn shard: Shard) {
        let end = shard.firstToken + shard.tokenCount
        let before = shard.batch.listed.prefix { $0 < shard.firstToken }.count
        let own = shard.batch.listed.dropFirst(before).prefix { $0 < end }.map { Int($0) - shard.firstToken }
        var next = 0
        ranges = (0..<shard.sequences.count).map { sequence in
            let (start, length) = shard.place(sequence)
            let first = next
            while next < own.count, own[next] < start + length { next += 1 }
            return first..<next
        }
        tokens = own
        rows = Rows(count: own.count, first: before)
    }
}
