package import TrainerSettings

extension StudySpecification {
    /// Every setting of the trainer with a configuration's parameters applied; paths are absolute.
    ///
    /// - Throws: `TrainerSettingsError`.
    package func trainerSettings(for assignment: Assignment, seed: Int) throws(TrainerSettingsError) -> [String: SettingValue] {
        switch trainer {
        case .lora(let fixed):
            var values = fixed.merging(assignment.values) { $1 }
            if values["seed"] == nil { values["seed"] = .int(seed) }
            // What is searched takes the place of the other way to give the same thing.
            for (one, other) in [("alpha_over_r", "lora_alpha"), ("max_steps", "num_train_epochs")] {
                if assignment[one] != nil, assignment[other] == nil { values[other] = nil }
                if assignment[other] != nil, assignment[one] == nil { values[one] = nil }
            }
            for name in TrainerSettings.paths {
                guard let path = values[name]?.text, !path.isEmpty, !path.hasPrefix("/") else { continue }
                values[name] = .string(folder + "/" + path)
            }
            values["metric_for_best_model"] = .string(metric.name)
            values["greater_is_better"] = .bool(metric.goal == .maximize)
            return try TrainerSettings(values: values).values
        case .command(let words, let program):
            var values: [String: SettingValue] = [
                "type": .string("command"), "command": .array(words.map(SettingValue.string)),
            ]
            values["program"] = program.map(SettingValue.string)
            return values
        }
    }
}

extension StudySpecification {
    /// Whether the built-in trainer makes no further report after one; of another program nobody knows.
    package func isLast(step: Int?, figures: [String: Double], of assignment: Assignment) -> Bool {
        guard case .lora = trainer,
            let values = try? trainerSettings(for: assignment, seed: seed), let settings = try? TrainerSettings(values: values)
        else { return false }
        switch settings.duration {
        case .steps(let steps): return step.map { $0 >= steps } ?? false
        case .epochs(let epochs): return figures["epoch"].map { $0 >= epochs - 1e-9 } ?? false
        }
    }
}
