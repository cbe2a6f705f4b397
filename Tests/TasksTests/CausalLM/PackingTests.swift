import FoundationEssentials
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct PackingTests {
    private struct Golden: Decodable {
        let lengths: [Int]
        let room: Int
        let bins: [[Int]]
    }

    /// Benchmarks/fixtures/make_causal_lm_fixtures.py
    @Test func `bins are TRL's, in their order`() throws {
        let file = TinyModel.here + "/../FinetuningTests/Fixtures/causal-lm/bins.json"
        let golden = try JSONInput.read(Golden.self, file: file)
        #expect(Packing.bins(golden.lengths, room: golden.room) == golden.bins)
        #expect(golden.bins.count > 20)
    }

    @Test(arguments: [1, 7, 64, 100])
    func `each text is in one bin, and none is too full`(room: Int) {
        let lengths = (0..<200).map { ($0 * 29 + $0 * $0) % room + 1 }
        let bins = Packing.bins(lengths, room: room)
        #expect(bins.flatMap(\.self).sorted() == Array(0..<200))
        let sizes = bins.map { $0.reduce(0) { $0 + lengths[$1] } }
        #expect(sizes.allSatisfy { $0 <= room })
        // No two bins could have been one.
        let least = sizes.sorted().prefix(2)
        #expect(bins.count < 2 || least.reduce(0, +) > room)
    }

    @Test func `nothing is packed into no bin`() { #expect(Packing.bins([], room: 8).isEmpty) }
}
