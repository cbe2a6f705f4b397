import Layers
import Testing

@Suite struct PackedBatchTests {
    private static func batch(_ lengths: [Int]) -> PackedBatch {
        PackedBatch(sequences: lengths.map { [Int32](repeating: 1, count: $0) })
    }

    @Test func `sequences lie end to end`() {
        let batch = PackedBatch(sequences: [[1, 2, 3], [4], [5, 6]])
        #expect(batch.tokens == [1, 2, 3, 4, 5, 6])
        #expect(batch.offsets == [0, 3, 4, 6])
        #expect(batch.sequenceCount == 3 && batch.tokenCount == 6 && batch.longestSequence == 3)
    }

    @Test func `an empty batch has no sequences and no parts`() {
        let batch = PackedBatch(sequences: [])
        #expect(batch.sequenceCount == 0 && batch.longestSequence == 0)
        #expect(batch.parts(atMost: 4).isEmpty)
    }

    @Test(arguments: [[5, 5, 5, 5], [1], [100, 1, 1, 1, 1], [1, 1, 1, 1, 100], [3, 9, 2, 7, 30, 1, 4]], [1, 2, 3, 4, 9])
    func `parts cover every sequence once, in order, and none is empty`(lengths: [Int], count: Int) {
        let parts = Self.batch(lengths).parts(atMost: count)
        #expect(parts.count == min(count, lengths.count))
        #expect(parts.flatMap { Array($0) } == Array(lengths.indices))
        #expect(parts.allSatisfy { !$0.isEmpty })
    }

    @Test func `parts have about as many tokens each`() {
        let lengths = (0..<64).map { 5 + $0 * 7 % 40 }
        let batch = Self.batch(lengths)
        for part in batch.parts(atMost: 2) {
            let tokens = part.reduce(0) { $0 + lengths[$1] }
            // Half of the longest text at most: the cut is at the nearest boundary.
            #expect(abs(tokens - batch.tokenCount / 2) <= 23)
        }
    }
}
