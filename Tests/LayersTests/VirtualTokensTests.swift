import Layers
import Testing

@Suite struct VirtualTokensTests {
    private let batch: PackedBatch = {
        var batch = PackedBatch(sequences: [[7, 8, 9], [5], [6, 4]])
        batch.listed = [0, 2, 3, 5]
        return batch
    }()

    @Test func `each sequence begins with them, and listed rows are the same tokens' still`() {
        let longer = batch.preceded(by: 2)
        #expect(longer.tokens == [-1, -2, 7, 8, 9, -1, -2, 5, -1, -2, 6, 4] && longer.offsets == [0, 5, 8, 12])
        #expect(longer.listed == [2, 4, 7, 11])
        #expect(longer.listed.map { longer.tokens[Int($0)] } == batch.listed.map { batch.tokens[Int($0)] })
    }

    @Test func `none leave the batch as it is`() { #expect(batch.preceded(by: 0) == batch) }
}
