import Checkpoints
import FoundationEssentials
import Glibc
import Methods
import Tasks
import TrainerSettings

/// The adapter of a high rank that trials with `rank_allocation: cut` are cut from. It is trained once for all that share a cache and differ
/// in nothing but how they are optimized: by a rate of its own, linear, without dropout, at scale 2.
struct RankStartTraining {
    private let trial: RankPreparation
    private let settings: TrainerSettings
    private let key: CacheKey

    init(_ trial: RankPreparation) {
        var settings = trial.settings
        settings.rankAllocation = .uniform
        (settings.rank, settings.loraAlpha) = (settings.rankStart.rank, 2 * Double(settings.rankStart.rank))
        (settings.usesRSLoRA, settings.loraDropout, settings.rateRatio) = (false, 0, 1)
        (settings.learningRate, settings.weightDecay, settings.maxGradNorm) = (settings.rankStart.learningRate, 0, 1)
        (settings.scheduler, settings.shape, settings.warmup) = (.linear, TrainerSettings.ScheduleShape(), .ratio(0.06))
        settings.rankStart = TrainerSettings.RankStart()
        settings.earlyStoppingPatience = nil
        (self.trial, self.settings) = (trial, settings)
        let free = Set(TrainerSettings.namesWithoutEffect)
        let facts = settings.values.filter { !free.contains($0.key) }
        // A folder's own times change with whatever is put into it.
        let model =
            settings.model.hasSuffix(".gguf")
            ? [settings.model] : ["config.json", "model.safetensors"].map { settings.model + "/" + $0 }
        let files = model + [settings.train, settings.validation ?? ""]
        key = CacheKey(
            kind: "start",
            [
                "settings": JSONWriter.text(.object(facts), .cell),
                "files": files.map { FileIdentity(path: $0).map { "\($0)" } ?? "none" }.joined(separator: "; "),
            ])
    }

    private var folder: String { CacheFolder(trial.job.cacheFolder).file(key) }
    private var mark: String { folder + "/finished" }

    /// The trained adapter's folder; nil when it was interrupted.
    func adapter(progress: (TrainingProgress) -> Void, isInterrupted: () -> Bool) throws -> String? {
        try CacheFolder(trial.job.cacheFolder).make()
        guard let lock = try lock(isInterrupted) else { return nil }
        defer { close(lock) }
        var job = TrainingJob(
            settings: settings, metric: trial.job.metric, outputFolder: folder, cacheFolder: trial.job.cacheFolder)
        guard !FileManager.default.fileExists(atPath: mark) else { return job.adapterFolder }
        if FileManager.default.fileExists(atPath: CheckpointFiles(job.checkpointFolder).newest) {
            job.resumeFrom = job.checkpointFolder
        }
        let run = try TrainingRun(job, warn: trial.warn)
        trial.warn("rank_allocation cut: an adapter of rank \(settings.rank) is trained first, in \(folder)")
        switch try run.run(report: { _ in }, progress: progress, isInterrupted: isInterrupted) {
        case .interrupted, .stopped: return nil
        case .diverged(let step):
            throw InputError(
                place: "rank_start_learning_rate",
                problem:
                    "\(settings.learningRate): the adapter of rank \(settings.rank) diverged at step \(step); give a lower one")
        case .finished, .stoppedEarly:
            try? FileManager.default.removeItem(atPath: job.checkpointFolder)
            try AtomicFile.write([Data()], to: mark)
            return job.adapterFolder
        }
    }

    /// Waits for another trial that trains the same; nil when it was interrupted.
    private func lock(_ isInterrupted: () -> Bool) throws -> Int32? {
        let path = folder + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw InputError(place: path, problem: "cannot be made: \(String(cString: strerror(errno)))")
        }
        var hasSaid = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if isInterrupted() {
                close(descriptor)
                return nil
            }
            if !hasSaid { trial.warn("rank_allocation cut: another trial trains the adapter of rank \(settings.rank)") }
            hasSaid = true
            usleep(200_000)
        }
        return descriptor
    }
}
