/// What a space file says: the whole study before its first trial.
package struct StudySpecification: Sendable, Hashable {
    package var name: String
    package var summary: String?
    /// The study's own: a line that has it is a report, and its best report gives a trial its value and its adapter.
    package var metric: Metric
    /// What counts besides; none: the study has one goal.
    package var otherMetrics: [Metric] = []
    package var reportSource = ReportSource()
    package var method: Method
    /// Trials in the whole study; nil: ``trialCount`` decides.
    package var runCap: Int?
    /// Seconds of one run.
    package var timeCap: Double?
    package var workers: Int
    package var seed: Int
    package var earlyTermination: EarlyTermination
    package var trainer: TrainerSpecification
    package var space: SearchSpace
    /// By the name of a metric or of a figure known before launch.
    package var constraints: [String: Limits]
    /// How ranks are found; nil: they are given, or searched like anything else.
    package var rankSearch: RankSearch?
    /// Configurations, whole or in part, that are tried before all others.
    package var enqueued: [Assignment] = []
    package var warmStart = WarmStart()
    package var supervision = Supervision()
    /// Of the trainer; nil: it lacks one of the two.
    package var batchSettings: BatchSettings?
    package var devices = DeviceRequest()
    /// The cluster that trials run on; nil: this machine.
    package var cluster: SlurmRequest?
    /// How the best are confirmed once all have run; nil: they are not.
    package var confirmation: ConfirmationSettings?
    /// The space file's folder; children start there and relative paths are taken from there.
    package var folder: String

    /// All that the study is after, its own metric first.
    package var metrics: [Metric] { [metric] + otherMetrics }

    package init(
        name: String, summary: String? = nil, metric: Metric, method: Method = .tpe, runCap: Int? = nil,
        timeCap: Double? = nil, workers: Int = 1, seed: Int = 0, earlyTermination: EarlyTermination = .none,
        trainer: TrainerSpecification, space: SearchSpace, constraints: [String: Limits] = [:], folder: String
    ) {
        self.name = name
        self.summary = summary
        self.metric = metric
        self.method = method
        self.runCap = runCap
        self.timeCap = timeCap
        self.workers = workers
        self.seed = seed
        self.earlyTermination = earlyTermination
        self.trainer = trainer
        self.space = space
        self.constraints = constraints
        self.folder = folder
    }
}

/// What a study wants of its trials.
package struct Metric: Sendable, Hashable, Codable {
    package var name: String
    package var goal: Goal
    /// The study stops once this value is reached.
    package var target: Double?

    package init(name: String, goal: Goal, target: Double? = nil) {
        self.name = name
        self.goal = goal
        self.target = target
    }

    /// The space file names none: the first figure that a trial reports becomes it.
    package static let firstReported = Metric(name: "first reported metric", goal: .minimize)

    package var isNamed: Bool { name != Self.firstReported.name }
}

package enum Goal: String, Sendable, Hashable, Codable, CaseIterable {
    case maximize, minimize

    /// Which way a figure is better, from its name; losses and errors, and what tells nothing, are to be small.
    package init(usualFor name: String) {
        // `top_5`, `map50`, `rouge2`: the number says which.
        let words = FigureName.words(of: name).map { word in
            let plain = String(word.reversed().drop(while: \.isNumber).reversed())
            return plain.isEmpty || Self.wanted.contains(word) ? word : plain
        }
        let isLoss = words.contains(where: FigureName.unwanted.contains)
        self = !isLoss && words.contains(where: Self.wanted.contains) ? .maximize : .minimize
    }

    static let wanted: Set = [
        "accuracy", "acc", "f1", "precision", "recall", "auc", "auroc", "auprc", "map", "ap", "bleu", "sacrebleu", "chrf",
        "rouge", "rougel",
        "rougelsum", "meteor", "score", "reward", "return", "r2", "mcc", "kappa", "iou", "miou", "dice", "em", "match", "ndcg",
        "mrr", "hit",
        "hits", "win", "wins", "winrate", "pass", "success", "top", "elo", "psnr", "ssim", "correlation", "pearson", "spearman",
        "pearsonr",
        "spearmanr", "throughput",
    ]

    /// Whether a value beats another; NaN and the infinities beat nothing, and every finite number beats them.
    package func prefers(_ a: Double, to b: Double) -> Bool {
        guard a.isFinite, b.isFinite else { return a.isFinite }
        return self == .maximize ? a > b : a < b
    }
}

/// How configurations are proposed.
package enum Method: String, Sendable, Hashable, CaseIterable {
    case random, grid, sobol, tpe, gp
    /// Whichever of them suits the space and the number of trials (``MethodChoice``).
    case auto
}

/// Limits that a figure must keep; nil: none on that side.
package struct Limits: Sendable, Hashable, Codable {
    package var min: Double?
    package var max: Double?

    package init(min: Double? = nil, max: Double? = nil) {
        self.min = min
        self.max = max
    }

    /// Whether a figure's name says that it is a size, which limits may give with a unit.
    package static func areBytes(_ figure: String) -> Bool { figure.hasSuffix("_bytes") }

    package func allow(_ value: Double) -> Bool {
        value >= min ?? -.infinity && value <= max ?? .infinity
    }
}
