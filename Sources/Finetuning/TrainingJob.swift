package import TrainerSettings

/// What to train, where the results go, and where to begin and stop.
package struct TrainingJob: Sendable, Hashable {
    package var settings: TrainerSettings
    package var metric: MetricGoal
    /// Gets `adapter/` and `checkpoint/`.
    package var outputFolder: String
    /// Where what can be computed again is kept, for other trials too.
    package var cacheFolder: String
    /// A checkpoint's folder to go on from.
    package var resumeFrom: String?
    /// The report, counted over the trial's whole life, after which it stops for now.
    package var stopAfter: Int?
    /// How many of the trial's reports have been read; those that its checkpoint knows beyond are made again. nil: all.
    package var reportsOnRecord: Int?

    package init(
        settings: TrainerSettings, metric: MetricGoal? = nil, outputFolder: String, cacheFolder: String? = nil,
        resumeFrom: String? = nil, stopAfter: Int? = nil, reportsOnRecord: Int? = nil
    ) {
        self.settings = settings
        self.metric = metric ?? MetricGoal(settings)
        self.outputFolder = outputFolder
        self.cacheFolder = cacheFolder ?? outputFolder + "/cache"
        self.resumeFrom = resumeFrom
        self.stopAfter = stopAfter
        self.reportsOnRecord = reportsOnRecord
    }

    package var adapterFolder: String { outputFolder + "/adapter" }
    package var confusionFile: String { outputFolder + "/confusion.json" }
    package var checkpointFolder: String { outputFolder + "/checkpoint" }
}

/// How a run of the trainer ended.
package enum TrainingOutcome: Sendable, Hashable {
    /// All steps are made.
    case finished
    /// Its evaluations got no better any more (``EarlyStopping``).
    case stoppedEarly
    /// The report it was to stop after is made, and the checkpoint written.
    case stopped
    /// It was told to stop; the checkpoint is written.
    case interrupted
    /// A loss or gradient was no number any more at this step; that was reported.
    case diverged(step: Int)
}

/// How far training is, for a display.
package struct TrainingProgress: Sendable, Hashable {
    package let step: Int
    package let totalSteps: Int
    package let loss: Float
    package let learningRate: Double
}
