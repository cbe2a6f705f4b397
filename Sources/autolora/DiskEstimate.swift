import Finetuning
import Schedulers
import SearchSpaces
import TrainerSettings

/// What a study's trials will take on the disk, for people, told before it runs.
struct DiskEstimate {
    /// Adapters that are kept, one a trial.
    let adapters: Int
    /// Checkpoints of the trials that run or wait for a promotion, as many as there are at once.
    let checkpoints: Int
    /// The most that the frozen layers' results may take; nil: they are not kept.
    let cache: ByteCount?

    /// - Returns: nil where sizes are the program's own business.
    init?(_ specification: StudySpecification, feasibility: Feasibility, plan: ResourcePlan?) {
        guard case .lora = specification.trainer else { return nil }
        let trials = specification.trialCount
        var generator = SeededGenerator(specification.seed, -3)
        let sizes = (0..<Self.drawn).compactMap { _ in
            let assignment = specification.space.sample(using: &generator)
            return feasibility.isFeasible(assignment) ? feasibility.adapterSize(of: assignment) : nil
        }
        guard !sizes.isEmpty else { return nil }
        adapters = sizes.reduce(0) { $0 + $1.bytes } / sizes.count * trials
        let greatest = sizes.reduce(0) { max($0, $1.trainableParameters) }
        let settings = try? TrainerSettings(
            values: specification.trainerSettings(for: specification.space.sample(using: &generator), seed: specification.seed))
        cache = settings?.prefixCache
        let running = min(specification.workers, trials)
        let waiting = min(plan?.mostWaiting ?? 0, trials - running)
        checkpoints =
            (running * Self.filesWhileRunning + waiting * Self.filesWhileWaiting) * greatest * Self.bytesForEachParameter
    }

    private static let drawn = 200
    /// The value and the optimiser's two moments, 4 bytes each.
    private static let bytesForEachParameter = 3 * 4
    /// The newest checkpoint, the one before it, and the one that is being written.
    private static let filesWhileRunning = 3
    private static let filesWhileWaiting = 2

    var text: String {
        func words(_ bytes: Int) -> String { ByteCount(bytes: bytes).rounded }
        return
            "about \(words(adapters + checkpoints)): adapters \(words(adapters)), the mean of \(Self.drawn) configurations drawn;"
            + " checkpoints of trials that run or wait \(words(checkpoints)), the greatest of them"
            + (cache.map { "; the cache of frozen layers takes up to \($0) more (prefix_cache)" } ?? "")
    }
}
