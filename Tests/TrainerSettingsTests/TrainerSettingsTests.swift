import Testing
import TrainerSettings

@Suite struct TrainerSettingsTests {
    private let minimal: [String: SettingValue] = [
        "model": .string("m"), "train": .string("t.jsonl"), "validation": .string("v.jsonl"),
    ]

    private func settings(_ more: [String: SettingValue]) throws -> TrainerSettings {
        try TrainerSettings(values: minimal.merging(more) { $1 })
    }

    @Test func `what is left open takes the documented defaults`() throws {
        let settings = try settings([:])
        #expect(settings.rank == 8)
        #expect(settings.loraAlpha == 16)
        #expect(settings.learningRate == 2e-4)
        #expect(settings.scheduler == .linear)
        #expect(settings.maxLength == 128)
        #expect(settings.batchSize == 32)
        #expect(settings.targetModules == nil)
    }

    @Test func `alpha follows the rank unless it is given`() throws {
        #expect(try settings(["r": .int(4)]).loraAlpha == 8)
        #expect(try settings(["r": .int(4), "alpha_over_r": .double(0.5)]).loraAlpha == 2)
        #expect(try settings(["r": .int(4), "lora_alpha": .int(3)]).loraAlpha == 3)
        #expect(throws: TrainerSettingsError.self) { try settings(["alpha_over_r": .int(1), "lora_alpha": .int(3)]) }
    }

    @Test func `settings survive being written and read again`() throws {
        let original = try settings([
            "r": .int(4), "target_modules": .array([.string("query")]), "layers_to_transform": .string("last-2"),
            "max_steps": .int(90), "eval_steps": .int(10), "test": .string("x"), "threads": .int(2),
        ])
        #expect(try TrainerSettings(values: original.values) == original)
    }

    @Test func `every name that can be written is a known name`() throws {
        let written = try settings(["max_steps": .int(1), "test": .string("x"), "eval_steps": .int(1)]).values.keys
        #expect(written.allSatisfy(TrainerSettings.names.contains))
    }

    @Test(arguments: [
        ("learning_rat", SettingValue.double(1), "did you mean 'learning_rate'?"),
        ("r", .string("eight"), "expected a whole number"),
        ("r", .int(0), "from 1 to 65536"),
        ("lora_dropout", .double(1.5), "from 0 to 0.99"),
        ("lr_scheduler_type", .string("cosin"), "one of linear, cosine"),
        ("layers_to_transform", .string("first-2"), "last-N"),
        ("target_modules", .array([]), "all-linear"),
        ("use_dora", .bool(true), "not available yet"),
        ("task", .string("causal-lm"), "not available yet"),
        ("num_train_epochs", .int(0), "above 0"),
    ])
    func `a wrong setting is named with what is allowed`(name: String, value: SettingValue, words: String) throws {
        let error = try #require(throws: TrainerSettingsError.self) { try settings([name: value]) }
        #expect(error.setting == name)
        #expect(error.description.contains(words), "\(error)")
    }

    @Test func `a variant set to do nothing is accepted`() throws {
        #expect(try settings(["use_dora": .bool(false), "precision": .string("fp32")]) == settings([:]))
    }

    @Test func `steps and epochs exclude each other`() {
        #expect(throws: TrainerSettingsError.self) { try settings(["max_steps": .int(1), "num_train_epochs": .int(1)]) }
    }

    @Test(arguments: [(3e-5, "3e-05"), (0.123456, "0.1235"), (1_234_567, "1235000"), (1.0, "1"), (0, "0"), (0.05, "0.05")])
    func `numbers are shown with four digits`(value: Double, text: String) {
        #expect(SettingValue.short(value) == text)
    }

    @Test func `the nearest name is one that could have been meant`() {
        #expect(nearestName(to: "lerning_rate", among: ["learning_rate", "r"]) == "learning_rate")
        #expect(nearestName(to: "banana", among: ["learning_rate", "r"]) == nil)
    }
}
