import Tensors
import Testing

@Suite struct DropoutTests {
    private static func apply(
        _ dropout: Dropout, count: Int, first: Int = 0, kernels: Kernels = .current
    ) -> Numbers {
        let x = Numbers([Float](repeating: 1, count: count))
        var y = Numbers(zeros: count)
        x.read { x in y.write { kernels.dropout(dropout, x, into: $0, count: count, first: first) } }
        return y
    }

    @Test(arguments: [0.05, 0.1, 0.5, 0.9])
    func `as many are dropped as the probability says, and the rest is scaled up`(probability: Double) {
        let count = 100_000
        let y = Self.apply(.init(probability: probability, key: 77), count: count)
        let dropped = Double(y.values.count { $0 == 0 }) / Double(count)
        #expect(abs(dropped - probability) < 0.01)
        #expect(y.values.allSatisfy { $0 == 0 || abs($0 - Float(1 / (1 - probability))) < 1e-5 })
    }

    @Test(arguments: Kernels.available)
    func `every variant drops the same entries`(kernels: Kernels) {
        let dropout = Dropout(probability: 0.3, key: 0xdead_beef_1234_5678)
        #expect(
            Self.apply(dropout, count: 1003, first: 5, kernels: kernels).values
                == Self.apply(dropout, count: 1003, first: 5).values)
    }

    @Test func `the mask of a part is the part of the mask, also beyond 32 bits`() {
        let dropout = Dropout(probability: 0.5, key: 9)
        for first in [0, 1 << 32] {
            let whole = Self.apply(dropout, count: 400, first: first)
            let part = Self.apply(dropout, count: 100, first: first + 133)
            #expect(Array(whole.values[133..<233]) == part.values)
        }
    }

    @Test func `another key is another mask`() {
        let first = Self.apply(.init(probability: 0.5, key: 1), count: 4096)
        for key: UInt64 in [2, 0x1_0000_0001, 0] {
            let other = Self.apply(.init(probability: 0.5, key: key), count: 4096)
            let same = zip(first.values, other.values).count { $0 == $1 }
            #expect((1700...2400).contains(same))
        }
    }

    @Test func `accumulating adds to what is there`() {
        let dropout = Dropout(probability: 0.25, key: 3)
        let x = Numbers([Float](repeating: 3, count: 50))
        var y = Numbers([Float](repeating: 10, count: 50))
        x.read { x in y.write { Kernels.current.dropout(dropout, x, into: $0, count: 50, first: 0, accumulate: true) } }
        let mask = Self.apply(dropout, count: 50)
        #expect((0..<50).allSatisfy { abs(y[$0] - (10 + 3 * mask[$0])) < 1e-5 })
    }

    @Test func `a probability of nothing keeps everything`() {
        #expect(Self.apply(.init(probability: 0, key: 5), count: 1000).values.allSatisfy { $0 == 1 })
    }
}
