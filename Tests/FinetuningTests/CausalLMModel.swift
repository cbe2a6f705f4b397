import FoundationEssentials
import Tasks
import TrainerSettings

@testable import Finetuning

/// A random Llama of two layers with a tokenizer and rows of three kinds, and what TRL made of them
/// (Benchmarks/fixtures/make_causal_lm_fixtures.py).
struct CausalLMModel {
    static let fixture = TinyModel.here + "/Fixtures/causal-lm"

    struct Golden: Decodable {
        let name: String
        /// The file of the rows.
        let kind: String
        let settings: [String: SettingValue]
        let losses: [Double]
        /// Of each row, and which of them are predicted.
        let tokens: [[Int32]]?
        let predicted: [[Int]]?
        /// Of packed rows.
        let lengths: [[Int]]?
    }

    static let golden = (try? JSONInput.read([Golden].self, file: fixture + "/golden.json")) ?? []

    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    func settings(_ kind: String, _ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let file = SettingValue.string(Self.fixture + "/" + kind + ".jsonl")
        let values: [String: SettingValue] = [
            "task": .string("causal-lm"), "model": .string(Self.fixture), "train": file, "validation": file, "r": .int(4),
            "lora_alpha": .int(8), "target_modules": .array([.string("q_proj"), .string("v_proj")]),
            "learning_rate": .double(1e-2),
            "max_steps": .int(30), "eval_steps": .int(1), "shuffle": .bool(false), "threads": .int(1),
            "precision": .string("fp32"),
            "init_adapter": .string(Self.fixture + "/adapter"), "batch_size": .int(4), "max_length": .int(64),
        ]
        return try TrainerSettings(values: values.merging(more) { $1 })
    }

    func trainer(_ settings: TrainerSettings, output: String = "out") throws -> TrainingRun {
        try TrainingRun(TrainingJob(settings: settings, outputFolder: folder.path + "/" + output))
    }
}
