extension TrainerSettings {
    /// The figures by which the built-in trainer tells the adapter to keep, any of which a study can be after.
    package static let evaluationMetrics = ["eval_accuracy", "eval_f1", "eval_loss", "loss"]

    /// All the figures that it reports: what else a study can be after, and what a constraint can hold.
    package static let reportedMetrics =
        evaluationMetrics + [
            "tokens_per_second", "samples_per_second", "trainable_parameters", "adapter_bytes", "peak_memory_bytes",
            "train_seconds", "step", "epoch", "learning_rate",
        ]
}
