extension TrainerSettings {
    /// What of a model is trained, and how: `finetuning_type`.
    package enum FinetuningType: String, Sendable, Hashable, CaseIterable {
        case lora, full, head, bitfit, ia3, miss, bottleneck
        case promptTuning = "prompt_tuning"
        case pTuning = "p_tuning"
    }

    static func checkType(_ settings: TrainerSettings, _: Set<String>) throws(TrainerSettingsError) {
        guard settings.finetuningType == .head, settings.task == .causalLanguageModel else { return }
        throw TrainerSettingsError(
            setting: "finetuning_type",
            problem:
                "head trains nothing for causal-lm, whose head is the model's own matrix of its vocabulary; take lora or full")
    }

    /// Refuses what has no meaning for this way of tuning: two configurations would be the same training.
    func refuse(_ name: String, of methods: [FinetuningType]) throws(TrainerSettingsError) {
        guard !methods.contains(finetuningType) else { return }
        let names = methods.map(\.rawValue)
        let condition = names.count == 1 ? names[0] : "[" + names.joined(separator: ", ") + "]"
        throw TrainerSettingsError(
            setting: name,
            problem:
                "is for finetuning_type \(names.joined(separator: ", ")), and that is \(finetuningType.rawValue) here; leave it out, or, "
                + "where these types are searched, give '\(name)' among the parameters with when: {finetuning_type: \(condition)}"
        )
    }
}

extension SettingKind<TrainerSettings.FinetuningType> {
    static var finetuning: SettingKind {
        let words = SettingKind.word
        return SettingKind(
            allowed: words.allowed,
            read: { (value) throws(SettingMismatch) in
                if value == .string("prefix_tuning") {
                    throw SettingMismatch(
                        "prefix_tuning is not built: PEFT cannot run it for classification with today's transformers, and it "
                            + "learns little unless it starts from a real text; take another type, such as lora")
                }
                return try words.read(value)
            }, write: words.write)
    }
}
