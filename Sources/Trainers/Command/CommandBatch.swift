import SearchSpaces

/// A program's own batch and accumulation: they can be told by their names alone, and halved where both are parameters.
enum CommandBatch {
    static let batches = ["batch_size", "per_device_train_batch_size", "train_batch_size", "micro_batch_size"]
    static let accumulations = ["gradient_accumulation_steps", "grad_accumulation_steps", "accumulation_steps"]

    /// nil: one of them is no parameter.
    static func settings(in space: SearchSpace) -> BatchSettings? {
        func name(among names: [String]) -> String? {
            names.lazy.compactMap { wanted in space.parameters.first { $0.path.last == wanted }?.name }.first
        }
        guard let batch = name(among: batches), let accumulation = name(among: accumulations) else { return nil }
        return BatchSettings(batch: batch, accumulation: accumulation)
    }

    static let reason =
        "a program's batch is known only where both it and its accumulation are parameters; give "
        + "gradient_accumulation_steps: {value: 1} beside batch_size"
}
