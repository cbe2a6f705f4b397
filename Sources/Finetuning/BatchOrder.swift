import Tensors

/// Which examples make up each step's batch: a pure function of the seed and the step, so a position is just a number.
struct BatchOrder: Sendable {
    let exampleCount: Int
    let batchSize: Int
    let shuffle: Bool
    let seed: UInt64
    let stepsPerEpoch: Int
    /// The last epoch's order that was asked for.
    private var current: (epoch: Int, order: [Int])?

    /// - Parameter dropLast: leaves out the last batch of an epoch when it is short; data that do not fill one batch are one.
    init(exampleCount: Int, batchSize: Int, shuffle: Bool, dropLast: Bool, seed: UInt64) {
        precondition(exampleCount > 0 && batchSize > 0)
        self.exampleCount = exampleCount
        self.batchSize = batchSize
        self.shuffle = shuffle
        self.seed = seed
        stepsPerEpoch = max(1, (dropLast ? exampleCount : exampleCount + batchSize - 1) / batchSize)
    }

    /// The examples of a step counted from 0.
    mutating func indices(step: Int) -> [Int] {
        let epoch = step / stepsPerEpoch
        if current?.epoch != epoch { current = (epoch, order(epoch: epoch)) }
        let start = step % stepsPerEpoch * batchSize
        return Array(current?.order[start..<min(start + batchSize, exampleCount)] ?? [])
    }

    /// Fisher and Yates's shuffle, written out here so that no library's next version changes a trial.
    private func order(epoch: Int) -> [Int] {
        var order = Array(0..<exampleCount)
        guard shuffle else { return order }
        var random = RandomSource(seed: RandomSource.derivedSeed(seed, UInt64(epoch)))
        for last in stride(from: exampleCount - 1, to: 0, by: -1) {
            order.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high))
        }
        return order
    }
}
