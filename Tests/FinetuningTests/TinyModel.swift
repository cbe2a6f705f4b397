import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// A random BERT of three layers with a vocabulary and data to train on, in a folder of its own.
struct TinyModel {
    static let here = String(#filePath.dropLast("/TinyModel.swift".count))
    static let golden = here + "/Fixtures/golden"

    let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
        let model = Self.here + "/../BackbonesTests/Fixtures/tiny-bert/"
        for (source, name) in [
            (model + "config.json", "config.json"), (model + "model.safetensors", "model.safetensors"),
            (Self.golden + "/vocab.txt", "vocab.txt"), (Self.golden + "/train.jsonl", "train.jsonl"),
        ] {
            try FileManager.default.copyItem(atPath: source, toPath: folder.path + "/" + name)
        }
    }

    var output: String { folder.path + "/out" }

    /// Settings that learn something in a few dozen steps.
    func settings(_ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let data = SettingValue.string(folder.path + "/train.jsonl")
        let values: [String: SettingValue] = [
            "model": .string(folder.path), "train": data, "validation": data, "max_steps": .int(12), "eval_steps": .int(4),
            "batch_size": .int(8), "max_length": .int(12), "learning_rate": .double(1e-2), "r": .int(4),
            "lora_dropout": .double(0.1), "warmup_ratio": .double(0.1), "lr_scheduler_type": .string("cosine"),
            "weight_decay": .double(0.01), "threads": .int(1),
            "precision": .string("fp32"),
        ]
        return try TrainerSettings(values: values.merging(more) { $1 })
    }

    func trainer(
        _ settings: TrainerSettings, output: String? = nil, resume: Bool = false, stopAfter: Int? = nil,
        metric: MetricGoal? = nil
    ) throws -> TrainingRun {
        let folder = output ?? self.output
        return try TrainingRun(
            TrainingJob(
                settings: settings, metric: metric, outputFolder: folder, resumeFrom: resume ? folder + "/checkpoint" : nil,
                stopAfter: stopAfter))
    }
}

/// A report without what the clock and the system have in it.
struct Figures: Hashable {
    let step: Int
    let numbers: [Double]

    init(_ report: TrainingReport) {
        step = report.step
        numbers =
            [report.epoch, report.loss, report.learningRate] + report.metrics.flatMap { [$0.value, $0.standardError ?? -1] }
    }
}
