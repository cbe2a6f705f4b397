extension TrainerSettings {
    /// The figures that the built-in trainer reports, any of which a study can be after.
    package static let reportedMetrics = [
        "eval_accuracy", "eval_f1", "eval_loss", "loss", "tokens_per_second", "samples_per_second",
        "trainable_parameters", "peak_memory_bytes", "train_seconds", "step", "epoch", "learning_rate",
    ]
}
