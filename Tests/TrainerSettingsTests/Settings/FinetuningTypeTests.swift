import Testing
import TrainerSettings

@Suite struct FinetuningTypeTests {
    private let minimal: [String: SettingValue] = [
        "model": .string("m"), "train": .string("t.jsonl"), "validation": .string("v.jsonl"),
    ]

    @Test func `LoRA is meant where nothing is said, and is not written`() throws {
        let settings = try TrainerSettings(values: minimal)
        #expect(settings.finetuningType == .lora && settings.values["finetuning_type"] == nil)
        #expect(settings.values["r"] == .int(8))
    }

    @Test(arguments: TrainerSettings.FinetuningType.allCases)
    func `each type is read and written`(type: TrainerSettings.FinetuningType) throws {
        let values = minimal.merging(["finetuning_type": .string(type.rawValue)]) { $1 }
        let settings = try TrainerSettings(values: values)
        #expect(try settings.finetuningType == type && TrainerSettings(values: settings.values) == settings)
    }

    @Test(arguments: TrainerSettings.FinetuningType.allCases.filter { $0 != .lora })
    func `what means nothing to another type is not written`(type: TrainerSettings.FinetuningType) {
        var settings = TrainerSettings()
        settings.finetuningType = type
        for name in type == .miss ? ["lora_alpha"] : ["r", "lora_alpha", "lora_dropout"] {
            #expect(settings.values[name] == nil, "\(name)")
        }
        #expect(settings.values["finetuning_type"] == .string(type.rawValue))
    }

    @Test(arguments: [("bias", SettingValue.string("all")), ("modules_to_save", .array([.string("pooler")]))])
    func `what is cut from an adapter has nothing trained besides`(name: String, value: SettingValue) {
        let values = minimal.merging(["rank_allocation": .string("cut"), name: value]) { $1 }
        let error = #expect(throws: TrainerSettingsError.self) { try TrainerSettings(values: values) }
        #expect(error?.setting == "rank_allocation" && error?.problem.contains("leave these out") == true)
    }

    @Test(arguments: [
        ("use_dora", SettingValue.bool(true)), ("loraplus_lr_ratio", .int(4)), ("init_lora_weights", .string("orthogonal")),
        ("lora_alpha", .int(0)),
    ])
    func `LoRA-FA is refused beside what its optimizer does not know`(name: String, value: SettingValue) {
        let values = minimal.merging(["use_lorafa": .bool(true), name: value]) { $1 }
        let error = #expect(throws: TrainerSettingsError.self) { try TrainerSettings(values: values) }
        #expect(error?.setting == "use_lorafa", "\(error?.description ?? "accepted")")
        #expect((try? TrainerSettings(values: minimal.merging(["use_lorafa": .bool(true)]) { $1 }))?.usesLoRAFA == true)
    }

    /// An earlier version began with them.
    @Test(
        arguments: [
            ["rank_allocation": .string("cut"), "r": .int(128)],
            ["rank_allocation": .string("cut"), "lora_alpha": .int(0)],
            ["rank_allocation": .string("probe"), "init_lora_weights": .string("orthogonal")],
        ] as [[String: SettingValue]])
    func `what is refused at the beginning is read of a trial on record`(more: [String: SettingValue]) throws {
        let values = minimal.merging(more) { $1 }
        #expect(throws: TrainerSettingsError.self) { try TrainerSettings(values: values) }
        let settings = try TrainerSettings(values: values, isOnRecord: true)
        for (name, value) in more { #expect(settings.values[name]?.number == value.number) }
        #expect(throws: TrainerSettingsError.self) {
            try TrainerSettings(values: minimal.merging(["r": .int(0)]) { $1 }, isOnRecord: true)
        }
    }

    @Test(arguments: [
        ("full", "r", SettingValue.int(8), "with when: {finetuning_type: [lora, miss]}"),
        ("head", "use_dora", .bool(true), "leave it out"),
        ("bitfit", "bias", .string("all"), "is for finetuning_type lora, and that is bitfit here"),
        ("full", "base_precision", .string("bf16"), "trains them in fp32"), ("full", "precision", .string("quantized"), "fp32"),
        ("head", "task", .string("causal-lm"), "head trains nothing for causal-lm"),
    ])
    func `what goes with another type is refused, with what to do`(
        type: String, name: String, value: SettingValue, words: String
    ) {
        let values = minimal.merging(["finetuning_type": .string(type), name: value]) { $1 }
        let error = #expect(throws: TrainerSettingsError.self) { try TrainerSettings(values: values) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "accepted")")
    }
}
