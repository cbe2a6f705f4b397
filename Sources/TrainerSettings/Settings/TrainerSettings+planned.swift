extension TrainerSettings {
    /// Named by PEFT, TrainingArguments or others, and not built yet. What has a kind is a setting of other trainers already.
    package static let planned: [TrainerSetting] = [
        TrainerSetting(
            planned: "adam_beta1", .optimizer, .number(0...1), harmless: [.double(0.9)], "AdamW's decay of the mean"
        ).alsoCalled("beta1"),
        TrainerSetting(
            planned: "adam_beta2", .optimizer, .number(0...1), harmless: [.double(0.999)], "AdamW's decay of the variance"
        ).alsoCalled("beta2"),
        TrainerSetting(
            planned: "adam_epsilon", .optimizer, .number(0...1), harmless: [.double(1e-8)], "AdamW's least denominator"
        ).alsoCalled("epsilon", "eps"),
        TrainerSetting(planned: "options", .run, harmless: [.object([:])]),
        TrainerSetting(planned: "base", .run, harmless: []),
        TrainerSetting(planned: "python", .run, harmless: []),
        TrainerSetting(planned: "setup", .run, harmless: [.array([])]),
    ]
}
