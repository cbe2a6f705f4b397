/// Sequences of tokens laid end to end, so that no padding is ever computed.
package struct PackedBatch: Sendable, Hashable {
    package var tokens: [Int32]
    /// Where each sequence begins; one more at the end, the count of all tokens.
    package var offsets: [Int32]
    /// Places of the tokens whose rows are wanted, in ascending order, where not all are and not one a sequence.
    package var listed: [Int32] = []
    /// The number of each sequence's adapter, where the model is a base that several share (``RowAdapters``).
    package var adapters: [Int32] = []

    package init(tokens: [Int32], offsets: [Int32]) {
        self.tokens = tokens
        self.offsets = offsets
    }

    package init(sequences: [[Int32]]) {
        tokens = sequences.flatMap(\.self)
        offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    }

    package var sequenceCount: Int { max(0, offsets.count - 1) }
    package var tokenCount: Int { tokens.count }
    package var longestSequence: Int { zip(offsets, offsets.dropFirst()).map { Int($1 - $0) }.max() ?? 0 }
}

extension PackedBatch {
    /// At most so many runs of sequences with about as many tokens each; none is empty.
    package func parts(atMost count: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        for part in 0..<min(count, sequenceCount) {
            let goal = tokenCount * (part + 1) / min(count, sequenceCount)
            var end = start + 1
            let partsLeft = min(count, sequenceCount) - part - 1
            // To the boundary that is nearest to the goal: the longest part decides when all are done.
            while end < sequenceCount - partsLeft, Int(offsets[end]) + Int(offsets[end + 1]) <= 2 * goal { end += 1 }
            if partsLeft == 0 { end = sequenceCount }
            parts.append(start..<end)
            start = end
        }
        return parts
    }
}

/// A batch that the model cannot take.
package struct BatchError: Error, Sendable, Hashable, CustomStringConvertible {
    package let problem: String

    package init(problem: String) { self.problem = problem }

    package var description: String { problem }
}
