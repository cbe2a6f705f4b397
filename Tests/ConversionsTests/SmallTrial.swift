import Backbones
import Finetuning
import Foundation
import Layers
import Methods
import Tasks
import TrainerSettings

@testable import Conversions

/// A small random model with an adapter of any numbers, in a folder of its own, as a trial leaves it.
final class SmallTrial {
    static let fixtures = String(#filePath.dropLast("/ConversionsTests/SmallTrial.swift".count))
    static let bert = fixtures + "/BackbonesTests/Fixtures/tiny-bert"
    static let llama = fixtures + "/FinetuningTests/Fixtures/causal-lm"
    static let gguf = fixtures + "/BackbonesTests/Fixtures/tiny-llama.gguf"
    static func encoder(_ name: String) -> String { fixtures + "/BackbonesTests/Fixtures/tiny-encoders/" + name }
    static func decoder(_ name: String) -> String { fixtures + "/BackbonesTests/Fixtures/tiny-decoders/" + name }

    let folder: String
    let settings: TrainerSettings
    var adapter: String { folder + "/adapter" }
    var output: String { folder + "/export" }

    /// - Parameters:
    ///   - classes: of a classifier's head; nil: a language model.
    ///   - more: settings of the trainer.
    ///   - strength: of the adapter's numbers.
    init(_ model: String, classes: [String]? = nil, _ more: [String: SettingValue] = [:], strength: Float = 0.3) throws {
        folder = FileManager.default.temporaryDirectory.path + "/conversions-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let task = classes == nil ? TrainerSettings.Task.causalLanguageModel : .sequenceClassification
        let usual: [String: SettingValue] = [
            "model": .string(model), "task": .string(task.rawValue), "train": .string("none"), "validation": .string("none"),
            "threads": .int(1), "precision": .string("fp32"),
        ]
        let ranks: [String: SettingValue] = more["finetuning_type"] == nil ? ["r": .int(4), "lora_alpha": .int(12)] : [:]
        settings = try TrainerSettings(values: usual.merging(ranks) { $1 }.merging(more) { $1 })
        let head: any TaskHead = classes.map { ClassificationHead(labels: $0) } ?? CausalLMHead()
        let tuned = try TunedModel(modelFolder: model, method: TuningMethods.method(settings), head: head, seed: 1)
        // Numbers of a size that changes the answers.
        var state: UInt64 = 7
        for index in tuned.parameters.values.indices where index < tuned.parameters.baseStart {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            tuned.parameters.values[index] += Float(Double(state >> 40) / Double(1 << 24) - 0.5) * strength
        }
        for index in tuned.parameters.baseStart..<tuned.parameters.count { tuned.parameters.values[index] *= 1.25 }
        try tuned.saveAdapter(to: adapter, baseModel: model)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func opened() throws -> TrialModel { try TrialModel(settings, adapter: adapter) }

    /// Writes and verifies the export.
    @discardableResult func export(_ form: String, type: String? = nil) throws -> Agreement {
        let trial = try opened()
        try ModelForms.write(trial, as: form, type: type, to: output)
        return try ModelForms.verify(output, of: trial, as: form).agreement
    }

    /// Writes the export, breaks it and says what verifying makes of it; nil: it was not noticed.
    func problem(_ form: String, type: String? = nil, breaking: (_ export: String) throws -> Void) throws -> String? {
        let trial = try opened()
        try ModelForms.write(trial, as: form, type: type, to: output)
        try breaking(output)
        do {
            _ = try ModelForms.verify(output, of: trial, as: form)
            return nil
        } catch { return "\(error)" }
    }

    func refusal(_ form: String) throws -> String? {
        do {
            try export(form)
            return nil
        } catch let error as ConversionError { return error.description }
    }
}

/// A copy of a model whose config.json says how positions turn in old words too.
final class SpelledModel {
    let path: String

    init(_ model: String) throws {
        path = FileManager.default.temporaryDirectory.path + "/spelled-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for name in try FileManager.default.contentsOfDirectory(atPath: model) where name != "config.json" {
            try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: model + "/" + name)
        }
        let values = RotarySpelling.both(try JSONInput.object(file: model + "/config.json"))
        try Data(JSONWriter.text(.object(values), .shown).utf8).write(to: URL(filePath: path + "/config.json"))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
