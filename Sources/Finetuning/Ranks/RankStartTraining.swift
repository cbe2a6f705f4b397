import Backbones
import Checkpoints
import FoundationEssentials
import Glibc
import Methods
import Tasks
import TrainerSettings

extension TrainerSettings {
    /// Those of the adapter of a high rank that a trial is cut from (`rank_allocation: cut`): the trial's, with a rate of its own, linear,
    /// without dropout, at scale 2.
    var ofRankStart: TrainerSettings {
        var settings = self
        settings.rankAllocation = .uniform
        (settings.rank, settings.loraAlpha) = (rankStart.rank, 2 * Double(rankStart.rank))
        (settings.rankPattern, settings.alphaPattern, settings.initAdapter) = ([:], [:], nil)
        (settings.usesRSLoRA, settings.loraDropout, settings.rateRatio) = (false, 0, 1)
        settings.usesLoRAFA = false
        (settings.learningRate, settings.weightDecay, settings.maxGradNorm) = (rankStart.learningRate, 0, 1)
        (settings.scheduler, settings.shape, settings.warmup) = (.linear, ScheduleShape(), .ratio(0.06))
        settings.rankStart = RankStart()
        (settings.earlyStoppingPatience, settings.earlyStoppingThreshold) = (nil, 0)
        return settings
    }
}

/// The adapter of a high rank that trials with `rank_allocation: cut` are cut from. It is trained once for all that share a cache and differ
/// in nothing but how they are optimized.
struct RankStartTraining {
    private let trial: RankPreparation
    private let settings: TrainerSettings
    private let key: CacheKey

    /// - Throws: an error that names the model's file that is missing or damaged.
    init(_ trial: RankPreparation) throws {
        (self.trial, settings) = (trial, trial.settings.ofRankStart)
        let free = Set(TrainerSettings.namesWithoutEffect)
        let facts = settings.values.filter { !free.contains($0.key) }
        let data = [settings.train, settings.validation ?? ""].map { FileIdentity(path: $0).map { "\($0)" } ?? "none" }
        // By which its best evaluation is told.
        let metric = trial.job.metric
        key = CacheKey(
            kind: "start",
            [
                "settings": JSONWriter.text(.object(facts), .cell),
                "model": try Architectures.weights(of: settings.model).identity ?? "changing",
                "tokenizer": TokenizedData.tokenizer(of: settings.model),
                "data": data.joined(separator: "; "), "metric": "\(metric.name), \(metric.greaterIsBetter ? "more" : "less")",
                "answers": "\(settings.generationRows) of \(settings.maxNewTokens) tokens",
                "numerics": NumericsChange.all.map(\.name).joined(separator: " "),
            ])
    }

    private var folder: String { CacheFolder(trial.job.cacheFolder).file(key) }
    private var mark: String { folder + "/finished" }
    private var job: TrainingJob {
        TrainingJob(settings: settings, metric: trial.job.metric, outputFolder: folder, cacheFolder: trial.job.cacheFolder)
    }

    /// The trained adapter's folder; nil when it was interrupted.
    func adapter(progress: (TrainingProgress) -> Void, isInterrupted: () -> Bool) throws -> String? {
        try CacheFolder(trial.job.cacheFolder).make()
        guard let lock = try lock(isInterrupted) else { return nil }
        defer { close(lock) }
        if let adapter = try finished() { return adapter }
        let run = try begun()
        trial.warn("rank_allocation cut: an adapter of rank \(settings.rank) is trained first, in \(folder)")
        let outcome = try run.run(
            report: { say("step \($0.step) of \(run.totalSteps) of the adapter of rank \(settings.rank)") },
            progress: progress, isInterrupted: isInterrupted)
        switch outcome {
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

    /// A line for the log, by which whoever waits for the trial's reports knows that it lives.
    private func say(_ text: String) { trial.warn("rank_allocation cut: " + text) }

    /// What an earlier trial has left, if it is whole: what is damaged is trained again.
    private func finished() throws -> String? {
        guard FileManager.default.fileExists(atPath: mark) else { return nil }
        do throws(CheckpointError) {
            try TrainedAdapter(job.adapterFolder).verify(isOurs: true)
            return job.adapterFolder
        } catch {
            try startOver(after: error)
            return nil
        }
    }

    /// The run, from its checkpoint where there is one that can be read.
    private func begun() throws -> TrainingRun {
        let files = CheckpointFiles(job.checkpointFolder)
        guard [files.newest, files.previous].contains(where: FileManager.default.fileExists(atPath:)) else {
            return try TrainingRun(job, warn: trial.warn)
        }
        var resumed = job
        resumed.resumeFrom = job.checkpointFolder
        do { return try TrainingRun(resumed, warn: trial.warn) } catch let error as CheckpointError
            where error.path.hasPrefix(folder)
        {
            try startOver(after: error)
            return try TrainingRun(job, warn: trial.warn)
        }
    }

    private func startOver(after damage: CheckpointError) throws {
        say("\(damage); it is trained again")
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Waits for another trial that trains the same, and says whenever that one has come further; nil when it was interrupted.
    private func lock(_ isInterrupted: () -> Bool) throws -> Int32? {
        let path = folder + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw InputError(place: path, problem: "cannot be made: \(String(cString: strerror(errno)))")
        }
        let checkpoint = CheckpointFiles(job.checkpointFolder).newest
        var (hasSaid, seen) = (false, FileIdentity(path: checkpoint))
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if isInterrupted() {
                close(descriptor)
                return nil
            }
            let now = FileIdentity(path: checkpoint)
            if !hasSaid || now != seen {
                say("another trial trains the adapter of rank \(settings.rank)" + (hasSaid ? ", and has come further" : ""))
            }
            (hasSaid, seen) = (true, now)
            usleep(200_000)
        }
        return descriptor
    }
}
