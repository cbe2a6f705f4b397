import TrainerSettings

extension TrainerSettings {
    /// An adapter's own settings, in which all else is as usual; nil: one of them means nothing.
    static func saved(_ given: [String: SettingValue], of type: FinetuningType) -> TrainerSettings? {
        let needed: [String: SettingValue] = [
            "model": .string("m"), "train": .string("t"), "validation": .string("v"), "finetuning_type": .string(type.rawValue),
        ]
        return try? TrainerSettings(values: given.merging(needed) { $1 })
    }
}
