import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Training with activations that are computed again, beside training that keeps them.
@Suite struct CheckpointingTests {
    private let bert: TinyModel
    private let decoder: CausalLMModel

    init() throws { (bert, decoder) = (try TinyModel(), try CausalLMModel()) }

    /// Every report's figures and the adapter's bytes.
    private struct Course: Equatable {
        var figures: [Figures] = []
        var adapter: Data?
    }

    private func course(_ settings: TrainerSettings, in folder: ScratchFolder, _ output: String) throws -> Course {
        var course = Course()
        let run = try TrainingRun(TrainingJob(settings: settings, outputFolder: folder.path + "/" + output))
        #expect(run.memory.checkpoints == (settings.gradientCheckpointing == .on))
        _ = try run.run(report: { course.figures.append(Figures($0)) })
        course.adapter = folder.contents(output + "/adapter/adapter_model.safetensors")
        return course
    }

    private func compare(_ settings: TrainerSettings, in folder: ScratchFolder) throws {
        var (kept, again) = (settings, settings)
        (kept.gradientCheckpointing, again.gradientCheckpointing) = (.off, .on)
        let (first, second) = (try course(kept, in: folder, "kept"), try course(again, in: folder, "again"))
        #expect(first == second)
        #expect(!first.figures.isEmpty && first.adapter != nil)
    }

    @Test(
        arguments: [
            [:], ["threads": .int(2)], ["target_modules": .string("all-linear"), "lora_dropout": .double(0.4)],
            ["layers_to_transform": .string("last-2")],
            ["layers_to_transform": .array([.int(0)]), "precision": .string("bf16")],
            ["target_modules": .array([.string("output.dense")]), "batch_size": .int(3), "eval_batch_size": .int(30)],
        ] as [[String: SettingValue]])
    func `a classifier's losses and adapter are the same bits`(more: [String: SettingValue]) throws {
        try compare(bert.settings(more), in: bert.folder)
    }

    @Test(
        arguments: [
            ("completion", [:]), ("text", ["packing": .bool(true), "max_length": .int(96)]),
            ("messages", ["target_modules": .string("all-linear"), "init_adapter": .null, "lora_dropout": .double(0.2)]),
            ("completion", ["gradient_accumulation_steps": .int(3), "threads": .int(2)]),
            ("text", ["layers_to_transform": .string("last-1"), "init_adapter": .null, "precision": .string("bf16")]),
            ("completion", ["eval_generation_rows": .int(3), "max_new_tokens": .int(4)]),
        ] as [(String, [String: SettingValue])])
    func `a language model's losses and adapter are the same bits`(kind: String, more: [String: SettingValue]) throws {
        let settings = try decoder.settings(
            kind, ["max_steps": .int(6), "eval_steps": .int(2)].merging(more) { $1 })
        try compare(settings, in: decoder.folder)
    }

    @Test func `a training goes on with the other way where it stopped`() throws {
        var settings = try bert.settings()
        var whole: [Figures] = []
        _ = try bert.trainer(settings, output: bert.folder.path + "/whole").run(report: { whole.append(Figures($0)) })
        var parts: [Figures] = []
        settings.gradientCheckpointing = .on
        _ = try bert.trainer(settings, stopAfter: 1).run(report: { parts.append(Figures($0)) })
        settings.gradientCheckpointing = .off
        _ = try bert.trainer(settings, resume: true).run(report: { parts.append(Figures($0)) })
        #expect(parts == whole)
    }
}
