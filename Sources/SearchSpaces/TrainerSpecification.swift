package import TrainerSettings

/// The program that runs a study's trials: what the space file says of it, and what a search has to know of it.
///
/// A trainer makes it when its section is read. Nothing on the searching side asks which trainer it is.
package struct TrainerSpecification: Sendable, Hashable {
    /// `type` in the trainer's section.
    package var type: String
    /// The settings that are the same for all trials, by name, as the file has them.
    package var settings: [String: SettingValue]
    package var traits: TrainerTraits

    package init(type: String, settings: [String: SettingValue] = [:], traits: TrainerTraits = TrainerTraits()) {
        self.type = type
        self.settings = settings
        self.traits = traits
    }
}

/// What a search has to know of a trainer. By default: a program of which nothing is known.
package struct TrainerTraits: Sendable, Hashable {
    /// For people, in one line.
    package var title = ""
    /// Whether a configuration comes to the very same result each time; none is run twice in a study then.
    package var isReproducible = false
    /// Whether a trial that goes on from a checkpoint makes those reports again that are not on record (`AUTOLORA_REPORTS`).
    package var repeatsReports = false
    /// Whether its trials may compute on graphics processors; those of one that cannot are leased none, and wait for none.
    package var usesDevices = true
    /// The figures that a configuration tells of itself before its launch.
    package var knownBeforeLaunch: Set<String> = []
    /// LoRA's rank where a study does not search it; nil: the trainer need not train LoRA.
    package var loraRank: Double?
    /// Whether it finds the ranks of modules within a budget (``RankSearch``).
    package var findsRanks = false
    /// nil: where a trial ends is the program's own business.
    package var length: LengthSettings?
    /// The settings that the time of a step depends on.
    package var pace: Set<String> = []

    package init() {}

    /// The names of the settings that say how long a trial is.
    package struct LengthSettings: Sendable, Hashable {
        package var steps: String
        /// Passes over the data, where no steps are given.
        package var epochs: String
        package var defaultEpochs: Double
        /// Steps between two reports; without it a trial reports at the end of each epoch.
        package var evalSteps: String

        package init(steps: String, epochs: String, defaultEpochs: Double, evalSteps: String) {
            self.steps = steps
            self.epochs = epochs
            self.defaultEpochs = defaultEpochs
            self.evalSteps = evalSteps
        }
    }
}

extension StudySpecification {
    /// The constraints on what only a trial can tell: all but those that are known before its launch.
    package var reportedConstraints: [String: Limits] {
        constraints.filter { !trainer.traits.knownBeforeLaunch.contains($0.key) }
    }

    /// Whether a trial makes no further report after one; where a program ends by itself nobody knows.
    package func isLast(step: Int?, figures: [String: Double], of assignment: Assignment) -> Bool {
        guard let length = trainer.traits.length else { return false }
        if figures[TrainerSettings.stoppedEarly] == 1 { return true }
        // What is searched takes the place of the other way to give the same thing.
        func setting(_ name: String, unless other: String) -> SettingValue? {
            assignment[name] ?? (assignment[other] == nil ? trainer.settings[name] : nil)
        }
        if let steps = setting(length.steps, unless: length.epochs)?.integer { return step.map { $0 >= steps } ?? false }
        let epochs = setting(length.epochs, unless: length.steps)?.number ?? length.defaultEpochs
        return figures["epoch"].map { $0 >= epochs - 1e-9 } ?? false
    }
}
