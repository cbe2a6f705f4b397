import Foundation
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

/// Whole trials of LoRA's variants and of what is trained without adapters.
@Suite struct MethodRunTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    private static let variants: [[String: SettingValue]] = [
        [
            "use_rslora": .bool(true), "rank_pattern": .object(["query": .int(2)]),
            "exclude_modules": .string(#".*layer\.0\..*"#),
        ],
        ["loraplus_lr_ratio": .int(4), "init_lora_weights": .string("gaussian")],
        ["init_lora_weights": .string("orthogonal")], ["init_lora_weights": .string("pissa")],
        ["init_lora_weights": .string("pissa_niter_2")],
        ["init_lora_weights": .string("olora"), "use_rslora": .bool(true)],
        ["use_lorafa": .bool(true), "use_rslora": .bool(true)],
        ["use_lorafa": .bool(true), "init_lora_weights": .string("pissa")],
        ["finetuning_type": .string("miss"), "r": .int(5)],
        ["bias": .string("all")], ["modules_to_save": .array([.string("pooler"), .string("1.output.dense")])],
        ["finetuning_type": .string("head"), "r": .null, "lora_dropout": .null],
        ["finetuning_type": .string("bitfit"), "r": .null, "lora_dropout": .null],
        ["use_dora": .bool(true)], ["use_dora": .bool(true), "lora_dropout": .int(0), "init_lora_weights": .string("pissa")],
    ]

    private func adapter(_ name: String) -> Data? { model.folder.contents(name + "/adapter/adapter_model.safetensors") }

    @Test(arguments: variants)
    func `a run that is interrupted goes on bit for bit, from the same start`(variant: [String: SettingValue]) throws {
        let settings = try model.settings(variant)
        var (straight, parts): ([Figures], [Figures]) = ([], [])
        let whole = try model.trainer(settings, output: model.folder.path + "/straight")
        #expect(try whole.run(report: { straight.append(Figures($0)) }) == .finished)
        let first = try model.trainer(settings)
        #expect(try first.run(report: { parts.append(Figures($0)) }, isInterrupted: { first.step == 5 }) == .interrupted)
        #expect(try model.trainer(settings, resume: true).run(report: { parts.append(Figures($0)) }) == .finished)
        #expect(parts == straight && parts.count == 3)
        #expect(adapter("out") == adapter("straight") && adapter("out") != nil)
        // A checkpoint of another variant is not gone on with.
        #expect(throws: InputError.self) { try model.trainer(model.settings(["r": .int(2)]), resume: true) }
    }

    @Test(arguments: variants)
    func `what an evaluation says of a trial is what its last report said`(variant: [String: SettingValue]) throws {
        let settings = try model.settings(variant.merging(["max_steps": .int(4)]) { $1 })
        var reports: [TrainingReport] = []
        _ = try model.trainer(settings).run { reports.append($0) }
        let again = try AdapterEvaluation(settings, adapterFolder: model.output + "/adapter", split: .validation)
        let loss = try #require(again.metrics.first { $0.name == "eval_loss" }?.value)
        let reported = try #require(reports.last?.metrics.first { $0.name == "eval_loss" }?.value)
        #expect(abs(loss - reported) < 1e-5)
        #expect(reports.last?.adapterBytes == adapter("out")?.count)
    }

    @Test(arguments: variants, [WeightPrecision.fp32, .bf16])
    func `computing activations again changes no bit`(variant: [String: SettingValue], precision: WeightPrecision) throws {
        var figures: [[Figures]] = []
        for again in [false, true] {
            let settings = try model.settings(
                variant.merging(["gradient_checkpointing": .bool(again), "precision": .string(precision.rawValue)]) { $1 })
            var made: [Figures] = []
            _ = try model.trainer(settings, output: model.folder.path + "/\(again)").run { made.append(Figures($0)) }
            figures.append(made)
        }
        #expect(figures[0] == figures[1])
    }

    @Test func `rates of one ratio are plain ones, bit for bit`() throws {
        var adapters: [Data?] = []
        for ratio in [nil, 1.0, 2.0] {
            let settings = try model.settings(ratio.map { ["loraplus_lr_ratio": .double($0)] } ?? [:])
            _ = try model.trainer(settings, output: model.folder.path + "/\(ratio ?? 0)").run { _ in }
            adapters.append(adapter("\(ratio ?? 0)"))
        }
        #expect(adapters[0] == adapters[1] && adapters[0] != adapters[2] && adapters[0] != nil)
    }

    @Test(arguments: ["fp32", "bf16"])
    func `a changed base is in no cache that others read`(precision: String) throws {
        let decoder = try CausalLMModel()
        let pissa: [String: SettingValue] = ["init_lora_weights": .string("pissa"), "precision": .string(precision)]
        func losses(_ more: [String: SettingValue], cache: String) throws -> [Double] {
            let settings = try decoder.settings("text", more.merging(["init_adapter": .null, "max_steps": .int(3)]) { $1 })
            var losses: [Double] = []
            let job = TrainingJob(
                settings: settings, outputFolder: model.folder.path + "/\(UUID())", cacheFolder: model.folder.path + "/" + cache
            )
            _ = try TrainingRun(job).run { losses.append($0.loss) }
            return losses
        }
        let plain: [String: SettingValue] = ["precision": .string(precision)]
        let alone = (try losses(plain, cache: "a"), try losses(pissa, cache: "b"))
        let together = (try losses(pissa, cache: "c"), try losses(plain, cache: "c"), try losses(pissa, cache: "c"))
        #expect(alone.0 == together.1 && alone.1 == together.0 && together.0 == together.2 && alone.0 != alone.1)
    }

    /// Two matrices of each layer are trained, the others are one file's for all trials.
    @Test(arguments: ["fp32", "bf16"])
    func `modules that are saved are private, and the rest of the base is shared`(precision: String) throws {
        let decoder = try CausalLMModel()
        let saved: [String: SettingValue] = ["modules_to_save": .array([.string("gate_proj"), .string("down_proj")])]
        func losses(_ more: [String: SettingValue], cache: String) throws -> [Double] {
            let values = more.merging(["init_adapter": .null, "max_steps": .int(3), "precision": .string(precision)]) { $1 }
            var losses: [Double] = []
            let job = TrainingJob(
                settings: try decoder.settings("text", values), outputFolder: model.folder.path + "/\(UUID())",
                cacheFolder: model.folder.path + "/" + cache)
            _ = try TrainingRun(job).run { losses.append($0.loss) }
            return losses
        }
        func files(_ cache: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: model.folder.path + "/" + cache).filter {
                $0.hasPrefix("weights-")
            }
        }
        let alone = try losses(saved, cache: "a")
        _ = try losses([:], cache: "b")
        let file = try files("b")
        #expect(file.count == 1)
        #expect(try files("a") == file)
        #expect(try losses(saved, cache: "b") == alone)
        #expect(try files("b") == file)
        // All of it is trained, in fp32.
        guard precision == "fp32" else { return }
        let whole: [String: SettingValue] = [
            "finetuning_type": .string("full"), "r": .null, "lora_alpha": .null, "target_modules": .null,
        ]
        _ = try losses(whole, cache: "c")
        #expect(try files("c").isEmpty)
    }

    @Test func `a base that stays quantised is not changed`() throws {
        let settings = try model.settings(["init_lora_weights": .string("olora"), "precision": .string("quantized")])
        let error = #expect(throws: PlacementError.self) { try TunedModel.checkBase(settings) }
        #expect(error?.setting == "init_lora_weights" && error?.problem.contains("base_precision: quantized") == true)
        #expect(throws: Never.self) { try TunedModel.checkBase(model.settings(["init_lora_weights": .string("olora")])) }
    }
}
