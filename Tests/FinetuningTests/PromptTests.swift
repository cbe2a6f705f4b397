import Backbones
import Checkpoints
import Foundation
import Layers
import Methods
import Tasks
import Tensors
import Testing
import Tokenizers
import TrainerSettings

@testable import Finetuning

/// Rows before each text: what they start as, what room they take, and texts that are written after them.
@Suite struct PromptTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    /// Without what belongs to LoRA.
    private func settings(_ more: [String: SettingValue]) throws -> TrainerSettings {
        var values = try model.settings().values
        for name in ["r", "lora_alpha", "lora_dropout", "target_modules", "layers_to_transform"] { values[name] = nil }
        return try TrainerSettings(values: values.merging(["num_virtual_tokens": .int(3)]) { $1 }.merging(more) { $1 })
    }

    private static let kinds: [[String: SettingValue]] = [
        ["finetuning_type": .string("prompt_tuning")],
        [
            "finetuning_type": .string("prompt_tuning"), "prompt_tuning_init": .string("TEXT"),
            "prompt_tuning_init_text": .string("a b"),
        ],
        ["finetuning_type": .string("p_tuning"), "encoder_hidden_size": .int(8)],
        ["finetuning_type": .string("p_tuning"), "gradient_checkpointing": .bool(true)],
    ]

    @Test(arguments: kinds)
    func `a trial learns, goes on bit for bit, and its adapter gives what it reported`(kind: [String: SettingValue]) throws {
        let settings = try settings(kind)
        var (straight, parts): ([Figures], [Figures]) = ([], [])
        var last: TrainingReport?
        let whole = try model.trainer(settings, output: model.folder.path + "/straight")
        _ = try whole.run { report in
            straight.append(Figures(report))
            last = report
        }
        let first = try model.trainer(settings)
        #expect(try first.run(report: { parts.append(Figures($0)) }, isInterrupted: { first.step == 5 }) == .interrupted)
        #expect(try model.trainer(settings, resume: true).run(report: { parts.append(Figures($0)) }) == .finished)
        #expect(parts == straight && parts.count == 3 && straight[2].numbers[1] < straight[0].numbers[1])
        #expect(last?.adapterBytes == model.folder.contents("straight/adapter/adapter_model.safetensors")?.count)
        let again = try AdapterEvaluation(settings, adapterFolder: model.folder.path + "/straight/adapter", split: .validation)
        let best = straight.map { $0.numbers[5] }
        let accuracy = try #require(again.metrics.first { $0.name == "eval_accuracy" }?.value)
        #expect(abs(accuracy - (best.max() ?? 0)) < 1e-6)
    }

    private func rows(_ more: [String: SettingValue]) throws -> [Float] {
        let settings = try settings(more.merging(["finetuning_type": .string("prompt_tuning")]) { $1 })
        let tuned = try TunedModel(
            modelFolder: settings.model, method: TuningMethods.method(settings), head: ClassificationHead(labels: ["a", "b"]),
            seed: 4)
        return Array(tuned.parameters.values[tuned.parameters.entries[0].range])
    }

    @Test func `rows start as words that are drawn, as a text's, or normal`() throws {
        let weights = try Architectures.weights(of: model.folder.path)
        let width: Int = weights.configuration.hiddenSize
        let words = try weights.embeddings(of: Array(0..<Int32(weights.configuration.vocabularySize)))
        let table = stride(from: 0, to: words.count, by: width).map { Array(words[$0..<$0 + width]) }
        func tokens(_ rows: [Float]) -> [Int?] {
            stride(from: 0, to: rows.count, by: width).map { table.firstIndex(of: Array(rows[$0..<$0 + width])) }
        }
        let drawn = try rows([:])
        #expect(tokens(drawn).allSatisfy { $0 != nil } && Set(tokens(drawn)).count > 1)
        #expect(try rows([:]) == drawn)
        let tokenizer = try ModelTokenizer.tokenizer(of: model.folder.path)
        let text = tokenizer.encode("a b", special: true).map(Int.init)
        for count in [2, 9] {
            let found = try rows([
                "prompt_tuning_init": .string("text"), "prompt_tuning_init_text": .string("a b"),
                "num_virtual_tokens": .int(count),
            ])
            #expect(tokens(found) == (0..<count).map { text[$0 % text.count] })
        }
        let normal = try rows(["prompt_tuning_init": .string("random"), "num_virtual_tokens": .int(8)])
        let square = normal.reduce(0) { $0 + $1 * $1 } / Float(normal.count)
        #expect(normal.count == 8 * width && abs(square - 1) < 0.3)
    }

    @Test func `a text whose tokens the model does not have starts nothing`() throws {
        let weights = try Architectures.weights(of: model.folder.path)
        let (size, head): (Int, ClassificationHead) = (
            weights.configuration.vocabularySize, ClassificationHead(labels: ["a", "b"])
        )
        let method = PromptTuning(count: 3, start: .text("a b"))
        let plan = try TuningPlan(method, head, on: weights.configuration)
        let parameters = TrainableParameters(plan.layout)
        func start(_ tokens: [Int32]) throws {
            try method.start(
                parameters,
                from: TuningStart(sites: plan.sites, layout: plan.layout, weights: weights, change: nil) { _ in tokens },
                seed: 1)
        }
        for token in [Int32(size), -1] {
            let error = #expect(throws: PlacementError.self) { try start([2, token]) }
            #expect(error?.setting == "prompt_tuning_init_text")
            #expect(
                error?.problem == "prompt_tuning_init_text: token \(token) is not in the model's vocabulary of \(size)")
        }
        #expect(throws: PlacementError.self) { try start([]) }
        try start([2, Int32(size) - 1])
    }

    @Test func `rows take room that texts then have not`() throws {
        let positions = try Architectures.configuration(of: model.folder.path).positionCount
        let fits = try settings(["finetuning_type": .string("prompt_tuning"), "max_length": .int(positions - 3)])
        _ = try model.trainer(fits, output: model.folder.path + "/fits")
        let excess = try settings(["finetuning_type": .string("prompt_tuning"), "max_length": .int(positions - 2)])
        let error = #expect(throws: InputError.self) { try model.trainer(excess) }
        #expect(error?.problem == "found \(positions - 2), the model takes at most \(positions - 3) beside its virtual tokens")
        let none = try settings(["finetuning_type": .string("prompt_tuning"), "num_virtual_tokens": .int(positions)])
        let refusal = #expect(throws: PlacementError.self) { try model.trainer(none) }
        #expect(refusal?.setting == "num_virtual_tokens")
    }

    @Test func `the plan of its memory has the rows, and the network that makes them`() throws {
        func run(_ more: [String: SettingValue]) throws -> TrainingRun { try model.trainer(settings(more)) }
        func values(_ more: [String: SettingValue]) throws -> Int {
            try run(more).memory.parts.first { $0.name == "adapter and optimizer" }?.use.total ?? 0
        }
        let prompt: [String: SettingValue] = ["finetuning_type": .string("prompt_tuning")]
        let made = try run(prompt)
        func part(_ settings: TrainerSettings) -> Capacity {
            BatchSizes(settings, made.data, threads: 1, partTokens: 1024).training[0]
        }
        let (with, without) = (part(made.settings), part(try model.settings()))
        #expect(with.longest == without.longest + 3 && with.tokens == without.tokens + 8 * 3 && with.rows == without.rows)
        let network = try values(["finetuning_type": .string("p_tuning"), "encoder_hidden_size": .int(2048)])
        #expect(try network > values(prompt) + 4 * 4 * 2048 * 2048)
    }

    @Test func `training cannot go on from an adapter of P-tuning, and does from one of prompt tuning`() throws {
        let adapter = TuningFixture(name: "bert-ptuning").adapter
        let values = try settings(["finetuning_type": .string("p_tuning")]).values
        let error = #expect(throws: TrainerSettingsError.self) {
            try TrainerSettings(values: values.merging(["init_adapter": .string(adapter)]) { $1 })
        }
        #expect(error?.problem.contains("is for finetuning_type lora, ia3, miss, prompt_tuning, bottleneck") == true)
        let fixture = TuningFixture(name: "bert-prompt")
        let method = try TuningMethods.method(fixture.settings())
        let tuned = try fixture.model(method, initAdapter: fixture.adapter)
        let expected = try fixture.golden()["last"] ?? []
        #expect(difference(try tuned.logits(Fixture.batch), expected) < 1e-4)
        var other = try fixture.settings()
        other.virtualTokens = 4
        #expect(throws: CheckpointError.self) { try fixture.model(TuningMethods.method(other), initAdapter: fixture.adapter) }
    }

    @Test(arguments: ["llama-prompt-causal", "llama-ptuning-causal", "llama-houlsby-causal", "llama-pfeiffer-causal"])
    func `texts are written on as peft writes them`(name: String) throws {
        let fixture = TuningFixture(name: name)
        let method = try TuningMethods.method(of: AdapterFolder(fixture.adapter))
        let tuned = try fixture.model(method, initAdapter: fixture.adapter, use: .computing)
        let batch = Fixture.batch
        let prompts = zip(batch.offsets, batch.offsets.dropFirst()).map { Array(batch.tokens[Int($0)..<Int($1)]) }
        var choice = TokenChoice()
        let texts = try tuned.writer().texts(after: prompts, tuned.writingPass(), limit: 6, ends: [], choice: &choice) { _, _ in
            true
        }
        let wanted = try #require(fixture.golden()["generated"]).map { Int32($0) }
        #expect(texts.flatMap(\.self) == wanted)
    }

    @Test func `what means nothing is refused`() throws {
        func problem(_ more: [String: SettingValue]) throws -> String? {
            let error = #expect(throws: TrainerSettingsError.self) { try settings(more) }
            return error.map { "\($0.setting): \($0.problem)" }
        }
        let prompt = SettingValue.string("prompt_tuning")
        #expect(try problem(["finetuning_type": prompt, "prompt_tuning_init": .string("text")])?.contains("missing") == true)
        #expect(
            try problem(["finetuning_type": prompt, "prompt_tuning_init_text": .string("a")])?
                .contains("means nothing with prompt_tuning_init: sample_vocab") == true)
        let network = try problem(["finetuning_type": prompt, "encoder_hidden_size": .int(8)])
        #expect(network?.hasPrefix("encoder_hidden_size: is for finetuning_type p_tuning") == true)
        #expect(try problem(["finetuning_type": prompt, "r": .int(8)])?.hasPrefix("r: is for finetuning_type lora") == true)
        #expect(try problem([:])?.hasPrefix("num_virtual_tokens: is for finetuning_type prompt_tuning, p_tuning") == true)
    }
}
