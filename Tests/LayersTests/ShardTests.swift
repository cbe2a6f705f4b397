import Layers
import Tensors
import Testing

@Suite struct ShardTests {
    private let batch: PackedBatch = {
        var batch = PackedBatch(sequences: [[1, 2, 3], [4], [5, 6], [7, 8, 9, 10]])
        batch.listed = [1, 2, 5, 6, 9]
        return batch
    }()

    @Test func `a shard counts its rows in the whole batch`() {
        let shard = Shard(batch, sequences: 1..<3)
        #expect(shard.firstToken == 3 && shard.tokenCount == 3 && shard.longest == 2)
        #expect(shard.place(1) == (1, 2))
        #expect(shard.tokenRows.first == 3 && shard.sequenceRows.first == 1 && shard.sequenceRows.count == 2)
    }

    @Test func `first tokens are one for each sequence`() {
        let chosen = ChosenTokens(firstOf: Shard(batch, sequences: 1..<4))
        #expect(chosen.tokens == [0, 1, 3] && chosen.ranges == [0..<1, 1..<2, 2..<3] && chosen.rows.first == 1)
    }

    @Test func `last tokens are one for each sequence`() {
        let chosen = ChosenTokens(lastOf: Shard(batch, sequences: 1..<4), padding: nil)
        #expect(chosen.tokens == [0, 2, 6] && chosen.ranges == [0..<1, 1..<2, 2..<3] && chosen.rows.first == 1)
    }

    @Test func `a last token that is padding is passed over, and a text of padding has its first`() {
        let batch = PackedBatch(sequences: [[5, 6, 9, 9], [9, 9], [9, 7], [4]])
        let chosen = ChosenTokens(lastOf: Shard(batch, sequences: 0..<4), padding: 9)
        #expect(chosen.tokens == [1, 4, 7, 8] && chosen.ranges == [0..<1, 1..<2, 2..<3, 3..<4])
        #expect(ChosenTokens(lastOf: Shard(batch, sequences: 1..<4), padding: 9).tokens == [0, 3, 4])
    }

    @Test func `listed tokens are those of the shard, sequence by sequence`() {
        let whole = ChosenTokens(listedIn: Shard(batch, sequences: 0..<4))
        #expect(whole.tokens == [1, 2, 5, 6, 9] && whole.ranges == [0..<2, 2..<2, 2..<3, 3..<5])
        #expect(whole.rows.first == 0 && whole.rows.count == 5)
        let part = ChosenTokens(listedIn: Shard(batch, sequences: 1..<3))
        #expect(part.tokens == [2] && part.ranges == [0..<0, 0..<1] && part.rows.first == 2 && part.rows.count == 1)
    }

    @Test func `the rows of a batch's shards are the batch's, in order`() {
        for rows in RowSelection.allCases {
            var next = 0
            for sequences in [0..<1, 1..<3, 3..<4] {
                let part = rows.rows(of: Shard(batch, sequences: sequences))
                #expect(part.first == next)
                next += part.count
            }
            #expect(next == rows.rows(of: Shard(batch, sequences: 0..<4)).count)
        }
    }
}

@Suite struct ArenaTests {
    @Test func `pieces lie apart, each at a cache line`() {
        var arena = Arena()
        let pieces = [5, 0, 17, 9 << 20, 3].map { arena.take($0) }
        #expect(pieces.allSatisfy { Int(bitPattern: $0) % 64 == 0 })
        withExtendedLifetime(arena) {
            for (number, piece) in pieces.enumerated() where number != 1 { piece.pointee = Float(number) }
            #expect([0, 2, 3, 4].allSatisfy { pieces[$0].pointee == Float($0) })
        }
    }

    /// Three parts in one piece and one in a piece of its own.
    private func plan(_ counts: [Int]) -> ArenaPlan {
        Arena.planned { arena in
            for (number, count) in counts.enumerated() { _ = arena.take(count, trainingAlone: number == 2) }
        }
    }

    @Test func `memory is that of the pages that are written`() {
        let (page, float) = (MemoryPages.large, MemoryLayout<Float>.stride)
        let floats = page / float
        let room = plan([3 * floats, 2 * floats, 4 * floats, 9 << 20])
        let none = plan([0, 0, 0, 0])
        #expect(room.memory(training: none, evaluation: none) == 0)
        #expect(room.memory(training: plan([1, 0, 0, 0]), evaluation: none) == page)
        #expect(room.memory(training: plan([floats + 1, 0, 0, 0]), evaluation: none) == 2 * page)
        #expect(room.memory(training: plan([1, 1, 1, 1]), evaluation: none) == 4 * page)
        // What an evaluation leaves as it is.
        #expect(room.memory(training: none, evaluation: plan([1, 1, 4 * floats, 0])) == 2 * page)
        #expect(room.memory(training: plan([0, 0, 2 * floats, 0]), evaluation: plan([1, 0, 0, 0])) == 3 * page)
        #expect(room.memory(training: room, evaluation: none) == 9 * page + (9 << 20) * float)
    }

    @Test func `parts that share a page take it once`() {
        let room = plan([100, 100, 100, 100])
        #expect(room.memory(training: room, evaluation: room) == MemoryPages.large)
    }

    @Test func `room grows to hold both, in whole units`() {
        let room = Capacity(tokens: 512, rows: 16, longest: 16)
        #expect(
            room.holds(Capacity(tokens: 512, rows: 1, longest: 3)) && !room.holds(Capacity(tokens: 1, rows: 17, longest: 1)))
        #expect(room.growing(to: Capacity(tokens: 1, rows: 17, longest: 1)) == Capacity(tokens: 512, rows: 32, longest: 16))
    }
}
