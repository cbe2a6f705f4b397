extension TrainerSettings.Task {
    /// What an evaluation of the task measures, in the order in which a report has it. Each name begins with "eval_".
    package var metrics: [MetricGoal] {
        let loss = MetricGoal(name: "eval_loss", greaterIsBetter: false)
        return switch self {
        case .sequenceClassification:
            [
                loss, MetricGoal(name: "eval_accuracy", greaterIsBetter: true),
                MetricGoal(name: "eval_f1", greaterIsBetter: true),
            ]
        case .causalLanguageModel: [loss]
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
}
