import Checkpoints
import Foundation
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Another way of tuning than LoRA as peft trains it (Benchmarks/fixtures/make_tuning_fixtures.py).
struct TuningFixture: Sendable, CustomTestStringConvertible {
    let name: String

    static let ia3 = ["bert-ia3", "llama-ia3", "roberta-ia3", "bert-ia3-mixed", "llama-ia3-mixed"].map(TuningFixture.init)
    static let prompts = [
        "bert-prompt", "roberta-prompt", "distilbert-prompt", "electra-prompt", "llama-prompt", "gemma-prompt", "gemma3-prompt",
        "llama-prompt-causal", "bert-ptuning", "llama-ptuning", "llama-ptuning-causal",
    ].map(TuningFixture.init)
    static let miss = ["bert-miss", "llama-miss", "llama-miss-mixed", "llama-miss-causal"].map(TuningFixture.init)
    /// As AdapterHub trains them (make_bottleneck_fixtures.py).
    static let bottlenecks = [
        "bert-houlsby", "bert-pfeiffer", "bert-pfeiffer-top", "roberta-pfeiffer", "electra-houlsby", "distilbert-houlsby",
        "distilbert-pfeiffer", "llama-houlsby", "llama-pfeiffer", "llama-houlsby-causal", "llama-pfeiffer-causal",
    ].map(TuningFixture.init)
    static let all = ia3 + miss + prompts + bottlenecks

    var testDescription: String { name }
    var isBottleneck: Bool { Self.bottlenecks.contains { $0.name == name } }
    var folder: String { Fixture.here + "/Fixtures/tuning/" + name }
    var adapter: String { folder + "/adapter" }

    private struct Case: Decodable {
        let base: String
        let settings: [String: SettingValue]
    }

    func settings(_ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let data = try #require(FileManager.default.contents(atPath: folder + "/case.json"))
        let given = try JSONDecoder().decode(Case.self, from: data)
        let models = Fixture.here + "/../BackbonesTests/Fixtures/"
        let base =
            switch given.base {
            case "bert": "tiny-bert"
            case "roberta", "distilbert", "electra": "tiny-encoders/" + given.base
            default: "tiny-decoders/" + given.base
            }
        let needed: [String: SettingValue] = [
            "model": .string(models + base), "train": .string("t"), "validation": .string("v"), "threads": .int(1),
        ]
        return try TrainerSettings(values: given.settings.merging(needed) { $1 }.merging(more) { $1 })
    }

    func golden() throws -> [String: [Float]] {
        let file = try SafetensorsFile(path: folder + "/golden.safetensors")
        return try Dictionary(
            uniqueKeysWithValues: file.entries.keys.map { name in
                let tensor = try file.tensor(name)
                return (name, withExtendedLifetime(tensor) { Array(tensor.values) })
            })
    }

    func model(_ method: any TuningMethod, initAdapter: String? = nil, use: ModelUse = .training) throws -> TunedModel {
        let settings = try settings()
        let head: any TaskHead =
            settings.task == .causalLanguageModel ? CausalLMHead() : ClassificationHead(labels: Fixture.labels)
        let model = try TunedModel(
            modelFolder: settings.model, method: method, head: head, seed: 1, initAdapter: initAdapter, use: use)
        model.threads = 1
        return model
    }

    /// Of a language model each token but a text's first is predicted from the one before it.
    func batch() throws -> (batch: PackedBatch, targets: Targets) {
        guard try settings().task == .causalLanguageModel else { return (Fixture.batch, Targets(classes: Fixture.targets)) }
        var batch = Fixture.batch
        for (start, end) in zip(batch.offsets, batch.offsets.dropFirst()) { batch.listed += Array(start..<end - 1) }
        return (batch, Targets(classes: batch.listed.map { batch.tokens[Int($0) + 1] }))
    }

    /// What the model's outputs are in golden logits: these themselves, or of a language model each listed token's loss.
    func outputs(of logits: [Float], virtualTokens: Int) throws -> [Float] {
        let settings = try settings()
        guard settings.task == .causalLanguageModel else { return logits }
        let (batch, targets) = try batch()
        let length = virtualTokens + batch.longestSequence
        let vocabulary = logits.count / (batch.sequenceCount * length)
        return zip(batch.listed, targets.classes).map { place, target in
            let sequence = (batch.offsets.firstIndex { $0 > place } ?? 0) - 1
            let row = sequence * length + virtualTokens + Int(place - batch.offsets[sequence])
            let values = logits[row * vocabulary..<(row + 1) * vocabulary].map(Double.init)
            let top = values.max() ?? 0
            let sum = values.reduce(0) { $0 + exp($1 - top) }
            return Float(top + log(sum) - values[Int(target)])
        }
    }

    /// Of a language model the losses alone of what a head gives.
    func outputs(_ model: TunedModel) throws -> [Float] {
        let (batch, targets) = try batch()
        let outputs = try model.outputs(batch, targets: targets)
        guard try settings().task == .causalLanguageModel else { return outputs }
        return stride(from: 0, to: outputs.count, by: 2).map { outputs[$0] }
    }
}
