import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct IdentityTests {
    private func identity(_ more: [String: SettingValue] = [:], data: String = "d") throws -> TrainingIdentity {
        let values: [String: SettingValue] = [
            "model": .string("/m"), "train": .string("/t.jsonl"), "validation": .string("/v.jsonl"), "max_steps": .int(10),
        ]
        return TrainingIdentity(try TrainerSettings(values: values.merging(more) { $1 }), data: data)
    }

    @Test(arguments: ["model", "train", "validation", "test", "output_dir", "init_adapter", "metric_for_best_model"])
    func `where things lie and what is best have no part in a trial's course`(name: String) throws {
        #expect(try identity([name: .string("/elsewhere")]).difference(from: identity().settings) == nil)
    }

    @Test func `nor have the threads and what is kept on disk`() throws {
        let other = try identity(["threads": .int(2), "prefix_cache": .string("off")])
        #expect(try other.difference(from: identity().settings) == nil)
        #expect(other.settings["prefix_cache"] == nil)
    }

    @Test(arguments: [
        ("learning_rate", SettingValue.double(1)), ("r", .int(2)), ("batch_size", .int(1)), ("shuffle", .bool(false)),
        ("eval_steps", .int(3)), ("max_grad_norm", .int(0)), ("lora_dropout", .double(0.5)), ("drop_last", .bool(false)),
        ("layers_to_transform", .string("last-1")), ("warmup_ratio", .double(0.5)), ("max_length", .int(9)),
        ("precision", .string("bf16")), ("text_column", .string("body")), ("label_column", .string("stars")),
        ("separator", .string(";")), ("quoting", .string("off")), ("split", .object(["test": .double(0.1)])),
    ])
    func `every other setting has`(name: String, value: SettingValue) throws {
        let difference = try identity([name: value]).difference(from: identity().settings)
        // Of r and lora_alpha, which follows it, the first by name is told.
        #expect(difference?.contains(name == "r" ? "lora_alpha" : name) == true)
    }

    @Test func `whole numbers are the same however they are written`() throws {
        let a = try identity(["learning_rate": .int(1)])
        var stored = a.settings
        stored["learning_rate"] = .int(1)
        stored["lora_alpha"] = .int(16)
        #expect(a.difference(from: stored) == nil)
        stored["learning_rate"] = nil
        #expect(a.difference(from: stored) == "was made with learning_rate null, the configuration says 1")
    }

    @Test func `throughput counts work over time and is zero without any`() {
        var throughput = Throughput()
        #expect(throughput.tokensPerSecond == 0 && throughput.samplesPerSecond == 0)
        throughput.add(tokens: 100, samples: 4, seconds: 0.5)
        throughput.add(tokens: 50, samples: 2, seconds: 0.25)
        #expect(throughput.tokensPerSecond == 200 && throughput.samplesPerSecond == 8)
    }
}
