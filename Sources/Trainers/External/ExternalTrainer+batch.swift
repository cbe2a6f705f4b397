package import SearchSpaces

extension ExternalTrainer {
    /// What a file of the user's own says of batches is not read: with `base` both have to be given beside it.
    package func batchSettings(in study: StudySpecification) -> BatchSettings? {
        let names = ["batch_size", "gradient_accumulation_steps"]
        let areGiven = names.allSatisfy { study.space[$0] != nil || study.trainer.settings[$0] != nil }
        guard study.trainer.settings["base"] == nil || areGiven else { return nil }
        // The Hugging Face trainers find their row by steps and accumulation; mlx-lm makes its batches of rows sorted by length.
        return BatchSettings(defaultBatch: 32, keepsCheckpoints: type != "mlx-lm")
    }

    package var reasonNotToHalve: String {
        "with `base` both batch_size and gradient_accumulation_steps have to be given beside it"
    }
}
