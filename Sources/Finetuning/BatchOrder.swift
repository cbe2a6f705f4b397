import Tasks
import Tensors
import TrainerSettings

/// Which examples make up each step's batch: a pure function of the seed and the step, so a position is just a number.
struct BatchOrder: Sendable {
    let exampleCount: Int
    let batchSize: Int
    let shuffle: Bool
    let seed: UInt64
    let stepsPerEpoch: Int
    /// Of each example, where those of like length are to be in one batch; nil: lengths do not matter.
    private let lengths: [Int]?
    /// Examples of a step, and those of an epoch that have part in any.
    private let (stepSize, usedCount): (Int, Int)
    /// The last epoch's order that was asked for.
    private var current: (epoch: Int, order: [Int])?

    /// - Parameter dropLast: leaves out the last batch of an epoch when it is short; data that do not fill one batch are one.
    init(exampleCount: Int, batchSize: Int, shuffle: Bool, dropLast: Bool, seed: UInt64) {
        var settings = TrainerSettings()
        (settings.batchSize, settings.shuffle, settings.dropLast) = (batchSize, shuffle, dropLast)
        self.init(settings, exampleCount: exampleCount, seed: seed)
    }

    /// A step takes several batches where gradients are accumulated; the last of an epoch may take fewer.
    ///
    /// - Parameter lengths: of the examples; of use where they are grouped by them.
    init(_ settings: TrainerSettings, exampleCount: Int, seed: UInt64, lengths: [Int]? = nil) {
        let (batchSize, count) = (settings.batchSize, exampleCount)
        precondition(exampleCount > 0 && batchSize > 0)
        self.exampleCount = exampleCount
        self.batchSize = batchSize
        shuffle = settings.shuffle
        self.seed = seed
        self.lengths = settings.groupsByLength ? lengths : nil
        usedCount = settings.dropLast && count > batchSize ? count / batchSize * batchSize : count
        stepSize = batchSize * settings.accumulationSteps
        stepsPerEpoch = (usedCount + stepSize - 1) / stepSize
    }

    /// Texts that are put together, by their numbers; nil: each is by itself.
    static func bins(_ settings: TrainerSettings, of examples: TokenizedExamples) -> [[Int]]? {
        settings.packing ? Packing.bins(examples.lengths, room: settings.maxLength) : nil
    }

    /// Of a trial's training data.
    init(_ settings: TrainerSettings, of examples: TokenizedExamples, in bins: [[Int]]?) {
        let lengths = examples.lengths
        self.init(
            settings, exampleCount: bins?.count ?? examples.count, seed: RandomSource.derivedSeed(settings.seedBits, 0),
            lengths: bins.map { bins in bins.map { $0.reduce(0) { $0 + lengths[$1] } } } ?? lengths)
    }

    /// Steps of a whole training.
    func totalSteps(_ duration: TrainerSettings.Duration) -> Int {
        switch duration {
        case .steps(let steps): steps
        case .epochs(let epochs): max(1, Int((epochs * Double(stepsPerEpoch)).rounded(.up)))
        }
    }

    /// The texts of a step, one after another.
    mutating func indices(step: Int, in bins: [[Int]]?) -> [Int] {
        let chosen = indices(step: step)
        return bins.map { bins in chosen.flatMap { bins[$0] } } ?? chosen
    }

    /// The examples of a step counted from 0.
    mutating func indices(step: Int) -> [Int] {
        let epoch = step / stepsPerEpoch
        if current?.epoch != epoch { current = (epoch, order(epoch: epoch)) }
        let start = step % stepsPerEpoch * stepSize
        return Array(current?.order[start..<min(start + stepSize, usedCount)] ?? [])
    }

    /// Fisher and Yates's shuffle, written out here so that no library's next version changes a trial.
    private func order(epoch: Int) -> [Int] {
        var order = Array(0..<exampleCount)
        guard shuffle else { return order }
        var random = RandomSource(seed: RandomSource.derivedSeed(seed, UInt64(epoch)))
        for last in stride(from: exampleCount - 1, to: 0, by: -1) {
            order.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high))
        }
        return lengths.map { grouped(order, by: $0) } ?? order
    }

    /// As transformers' `get_length_grouped_indices`: of a few dozen batches each the longest first, and the longest of all at the very
    /// begin, where memory that does not do is found out.
    func grouped(_ order: [Int], by lengths: [Int]) -> [Int] {
        let size = max(1, min(order.count / (4 * stepSize), 50)) * stepSize
        var result = order
        var longest = 0
        for start in stride(from: 0, to: order.count, by: size) {
            let end = min(start + size, order.count)
            // By the place too: of texts of the same length the first stays the first.
            let places = (start..<end).sorted { (-lengths[order[$0]], $0) < (-lengths[order[$1]], $1) }
            for (place, from) in zip(start..<end, places) { result[place] = order[from] }
            if lengths[result[start]] > lengths[result[longest]] { longest = start }
        }
        result.swapAt(0, longest)
        return result
    }
}
