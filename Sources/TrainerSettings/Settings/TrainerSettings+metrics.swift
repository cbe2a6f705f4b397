extension TrainerSettings.Task {
    /// All that an evaluation of the task can measure, in the order in which a report has it. Each name begins with "eval_".
    package var metrics: [MetricGoal] { measuredMetrics + writtenMetrics }

    /// What an evaluation measures on what the model gives for each row.
    package var measuredMetrics: [MetricGoal] {
        let loss = MetricGoal(name: "eval_loss", greaterIsBetter: false)
        return switch self {
        case .sequenceClassification:
            [
                loss, MetricGoal(name: "eval_accuracy", greaterIsBetter: true),
                MetricGoal(name: "eval_f1", greaterIsBetter: true),
            ]
        case .causalLanguageModel:
            [
                loss, MetricGoal(name: "eval_perplexity", greaterIsBetter: false),
                MetricGoal(name: "eval_token_accuracy", greaterIsBetter: true),
            ]
        }
    }

    /// What is measured on answers that the model writes, where an evaluation has such (``TrainerSettings/generationRows``).
    package var writtenMetrics: [MetricGoal] {
        guard self == .causalLanguageModel else { return [] }
        return ["exact_match", "normalized_match", "f1", "bleu", "rouge_l"].map {
            MetricGoal(name: "eval_" + $0, greaterIsBetter: true)
        }
    }

    /// What an adapter is kept by where nobody says.
    package var usualMetric: MetricGoal {
        switch self {
        case .sequenceClassification: measuredMetrics[1]
        case .causalLanguageModel: measuredMetrics[0]
        }
    }
}

extension TrainerSettings {
    /// The figures by which the built-in trainer tells the adapter to keep, any of which a study can be after: the tasks' and the
    /// training loss.
    package static let evaluationMetrics = Set(Task.allCases.flatMap(\.metrics).map(\.name)).sorted() + ["loss"]

    /// All the figures that it reports: what else a study can be after, and what a constraint can hold.
    package static let reportedMetrics =
        evaluationMetrics + [
            "tokens_per_second", "samples_per_second", "trainable_parameters", "adapter_bytes", "peak_memory_bytes",
            "train_seconds", "step", "epoch", "learning_rate",
        ]

    /// 1 in a trial's last report where its evaluations got no better and steps were left (`early_stopping_patience`).
    package static let stoppedEarly = "stopped_early"
}
