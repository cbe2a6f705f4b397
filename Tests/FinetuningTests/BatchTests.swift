import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct BatchTests {
    private func order(
        _ count: Int, _ size: Int, shuffle: Bool = true, dropLast: Bool = true, seed: UInt64 = 1
    ) -> BatchOrder {
        BatchOrder(exampleCount: count, batchSize: size, shuffle: shuffle, dropLast: dropLast, seed: seed)
    }

    @Test func `without shuffling batches follow the file, epoch after epoch`() {
        var order = order(7, 3, shuffle: false)
        #expect(order.stepsPerEpoch == 2)
        #expect((0..<3).map { order.indices(step: $0) } == [[0, 1, 2], [3, 4, 5], [0, 1, 2]])
    }

    @Test func `the short last batch is kept when asked for`() {
        var order = order(7, 3, shuffle: false, dropLast: false)
        #expect(order.stepsPerEpoch == 3)
        #expect(order.indices(step: 2) == [6])
        #expect(order.indices(step: 5) == [6])
    }

    @Test func `data that do not fill one batch are one batch`() {
        var order = order(3, 8, shuffle: false)
        #expect(order.stepsPerEpoch == 1)
        #expect(order.indices(step: 4) == [0, 1, 2])
    }

    @Test func `each epoch shows every example once, in an order of its own`() {
        var order = order(100, 10)
        let epochs = (0..<3).map { epoch in (0..<10).flatMap { order.indices(step: epoch * 10 + $0) } }
        for epoch in epochs { #expect(epoch.sorted() == Array(0..<100)) }
        #expect(Set(epochs).count == 3)
        #expect(epochs[0] != Array(0..<100))
    }

    @Test func `a position alone tells the batch, whatever was asked before`() {
        var straight = order(50, 4)
        var jumping = order(50, 4)
        let wanted = (0..<40).map { straight.indices(step: $0) }
        for step in [39, 3, 17, 0, 25, 24] { #expect(jumping.indices(step: step) == wanted[step]) }
    }

    @Test func `the seed decides the order, today as ever`() {
        var one = order(8, 8, seed: 1)
        var two = order(8, 8, seed: 2)
        #expect(one.indices(step: 0) != two.indices(step: 0))
        #expect(one.indices(step: 0) == [1, 7, 3, 5, 2, 6, 0, 4])
    }

    @Test func `first places are shared fairly`() {
        var counts = [Int](repeating: 0, count: 5)
        for seed in 0..<2000 {
            var order = order(5, 1, seed: UInt64(seed))
            counts[order.indices(step: 0)[0]] += 1
        }
        #expect(counts.allSatisfy { (330...470).contains($0) }, "\(counts)")
    }
}

@Suite struct AccumulatedBatchTests {
    private func order(_ count: Int, dropLast: Bool) -> BatchOrder {
        var settings = TrainerSettings()
        (settings.batchSize, settings.accumulationSteps, settings.shuffle, settings.dropLast) = (3, 2, false, dropLast)
        return BatchOrder(settings, exampleCount: count, seed: 1)
    }

    @Test func `a step takes several batches, and the last of an epoch what is left of them`() {
        var order = order(17, dropLast: true)
        #expect(order.stepsPerEpoch == 3)
        #expect((0..<4).map { order.indices(step: $0) } == [Array(0..<6), Array(6..<12), [12, 13, 14], Array(0..<6)])
    }

    @Test func `with the short last batch too`() {
        var order = order(17, dropLast: false)
        #expect(order.stepsPerEpoch == 3 && order.indices(step: 2) == Array(12..<17))
        var few = self.order(2, dropLast: true)
        #expect(few.stepsPerEpoch == 1 && few.indices(step: 5) == [0, 1])
    }
}
