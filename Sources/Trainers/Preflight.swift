package import SearchSpaces
package import TrainerSettings

/// What was found out before a run.
package struct Preflight: Sendable {
    /// One thing that was read, or that was not, for people.
    package struct Finding: Sendable, Hashable {
        /// "model", "tokenizer" or "data", say.
        package let kind: String
        package let text: String

        package init(kind: String, text: String) {
            self.kind = kind
            self.text = text
        }
    }

    package var read: [Finding] = []
    /// Of the data: rows, labels, classes, what is cut.
    package var data: [Finding] = []
    /// What is allowed and yet probably not meant.
    package var warnings: [String] = []
    /// Whether a configuration keeps the constraints on what it tells before its launch; what cannot be told is left to the trial.
    package var isFeasible: @Sendable (Assignment) -> Bool = { _ in true }
    /// nil: sizes are the program's own business.
    package var disk: @Sendable () -> TrialDisk? = { nil }
    /// nil: memory is the program's own business, or cannot be told beforehand.
    package var memory: @Sendable () -> MemoryStatement? = { nil }

    package init() {}
}

/// What a study's trials take of the machine's main memory, for people.
package struct MemoryStatement: Sendable, Hashable {
    package let text: String
    /// Values that no trial can have, and what trials take together.
    package let warnings: [String]

    package init(text: String, warnings: [String]) { (self.text, self.warnings) = (text, warnings) }
}

/// What a trial takes on the disk, in bytes.
package struct TrialDisk: Sendable, Hashable {
    /// The mean of some configurations that were drawn.
    package let adapter: Int
    package let drawn: Int
    /// The greatest of them, while a trial runs and while it waits for a promotion.
    package let checkpointRunning: Int
    package let checkpointWaiting: Int
    /// The most that is kept for all trials together; nil: nothing is.
    package let cache: ByteCount?

    package init(adapter: Int, drawn: Int, checkpointRunning: Int, checkpointWaiting: Int, cache: ByteCount?) {
        self.adapter = adapter
        self.drawn = drawn
        self.checkpointRunning = checkpointRunning
        self.checkpointWaiting = checkpointWaiting
        self.cache = cache
    }
}

/// What a study's trials will take on the disk, for people, told before it runs.
package struct DiskEstimate: Sendable, Hashable {
    private let disk: TrialDisk
    /// Adapters that are kept, one a trial.
    private let adapters: Int
    /// Checkpoints of the trials that run or wait for a promotion, as many as there are at once.
    private let checkpoints: Int

    /// - Parameter waiting: the most trials that wait for a promotion at once.
    package init(_ disk: TrialDisk, of study: StudySpecification, waiting: Int) {
        let trials = study.trialCount
        let running = min(study.workers, trials)
        self.disk = disk
        adapters = disk.adapter * trials
        checkpoints = running * disk.checkpointRunning + min(waiting, trials - running) * disk.checkpointWaiting
    }

    package var text: String {
        func words(_ bytes: Int) -> String { ByteCount(bytes: bytes).rounded }
        return
            "about \(words(adapters + checkpoints)): adapters \(words(adapters)), the mean of \(disk.drawn) configurations drawn;"
            + " checkpoints of trials that run or wait \(words(checkpoints)), the greatest of them"
            + (disk.cache.map { "; the cache of frozen layers takes up to \($0) more (prefix_cache)" } ?? "")
    }
}
