extension TrainerSettings {
    /// What of a model is trained, and how: `finetuning_type`.
    package enum FinetuningType: String, Sendable, Hashable, CaseIterable {
        case lora, full, head, bitfit, ia3, bottleneck
        case promptTuning = "prompt_tuning"
        case pTuning = "p_tuning"

        /// Those that are refused as not available yet. Whoever builds one takes it from here, and adds it to `TuningMethods.method`.
        package static let planned: Set<FinetuningType> = [.bottleneck, .promptTuning, .pTuning]
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
    /// Those that are there.
    static var finetuning: SettingKind {
        let known = Value.allCases.filter { !Value.planned.contains($0) }.map(\.rawValue)
        let allowed = "one of " + known.joined(separator: ", ")
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                if value == .string("prefix_tuning") {
                    throw SettingMismatch(
                        "prefix_tuning is not built: PEFT cannot run it for classification with today's transformers, and it "
                            + "learns little unless it starts from a real text; take another type, such as lora")
                }
                guard let type = value.text.flatMap(Value.init) else { throw SettingMismatch(value, expected: allowed) }
                guard !Value.planned.contains(type) else {
                    throw SettingMismatch("\(type.rawValue) is not available yet; expected \(allowed)")
                }
                return type
            }, write: { .string($0.rawValue) })
    }
}
