import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Whole models that are trained: what is left of them, and what of them is trained.
@Suite struct FullTuningTests {
    private func trained(_ fixture: MethodFixture) throws -> TunedModel {
        let model = try fixture.model(FullTuning())
        let optimizer = Optimizer(model.parameters, weightDecay: 0.1, maxGradNorm: 1)
        for step in 1...3 {
            _ = try model.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0)
            _ = optimizer.update(step: step, learningRate: 1e-2)
        }
        return model
    }

    @Test(arguments: MethodFixture.whole)
    func `a model's folder comes of it, which is a model like another`(fixture: MethodFixture) throws {
        let (settings, model) = (try fixture.settings(), try trained(fixture))
        let logits = try model.logits(Fixture.batch)
        try withTemporaryFolder { folder in
            let path = folder + "/adapter"
            try model.saveAdapter(to: path, baseModel: settings.model)
            let left = TrainedAdapter(path)
            #expect(left.isModel)
            try left.verify(isOurs: true)
            let bytes = try FileManager.default.attributesOfItem(atPath: left.tensorFile)[.size] as? Int
            #expect(model.size.bytes == bytes && model.size.trainableParameters == model.parameters.count)
            let config = try AdapterFiles.json(path + "/config.json")
            let names = config["id2label"].flatMap { if case .object(let names) = $0 { names } else { nil } }
            #expect(names?.count == Fixture.labels.count)
            let again = try TunedModel(trained: path, settings, head: ClassificationHead(labels: Fixture.labels), cache: nil)
            #expect(difference(try again.logits(Fixture.batch), logits) < 1e-6)
            let source = try Architectures.weights(of: path)
            #expect(try source.check() >= model.parameters.count - 3 * 33)
        }
    }

    @Test func `damage in the folder is found`() throws {
        let fixture = MethodFixture.whole[0]
        try withTemporaryFolder { folder in
            let path = folder + "/adapter"
            try trained(fixture).saveAdapter(to: path, baseModel: fixture.settings().model)
            let file = path + "/model.safetensors"
            var bytes = try #require(FileManager.default.contents(atPath: file))
            bytes[bytes.count - 3] ^= 0x41
            try bytes.write(to: URL(filePath: file))
            #expect(throws: CheckpointError.self) { try TrainedAdapter(path).verify(isOurs: true) }
        }
    }

    @Test func `biases and norms do not decay, as in Hugging Face's Trainer`() throws {
        let model = try MethodFixture.whole[0].model(FullTuning())
        for entry in model.parameters.entries {
            let isPlain = entry.name.hasSuffix("bias") || entry.name.contains("LayerNorm")
            #expect(entry.spec.decays == !isPlain, "\(entry.name)")
        }
    }

    @Test func `bitfit trains all biases and nothing else of the model, and refuses one that has none`() throws {
        let model = try MethodFixture(name: "bert-bitfit").model(BitFit(biases: true))
        #expect(model.parameters.entries.allSatisfy { $0.spec.owner == .head || $0.name.hasSuffix("bias") })
        let llama = Fixture.here + "/../BackbonesTests/Fixtures/tiny-decoders/llama"
        let error = #expect(throws: PlacementError.self) {
            try TunedModel(
                modelFolder: llama, method: BitFit(biases: true), head: ClassificationHead(labels: ["a", "b"]), seed: 1)
        }
        #expect(error?.problem.contains("llama has none") == true)
    }

    @Test(arguments: [
        ("llama", "lm_headd", "modules_to_save: 'lm_headd' matches nothing"), ("llama-tied", "embed_tokens", "are one matrix"),
        ("llama-tied", "lm_head", "are one matrix"),
    ])
    func `modules that cannot be trained are refused by their names`(model: String, module: String, words: String) throws {
        let folder = Fixture.here + "/../BackbonesTests/Fixtures/tiny-decoders/" + model
        var lora = LoRAConfiguration()
        lora.savedModules = [module]
        let error = #expect(throws: PlacementError.self) {
            try TunedModel(modelFolder: folder, method: lora, head: CausalLMHead(), seed: 1)
        }
        #expect(error?.setting == "modules_to_save" && error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    }

    /// Its embeddings alone are the output's matrix: the first norm comes before all layers too.
    @Test(arguments: ["norm", "input_layernorm"]) func `norms of a tied model are trained whole`(module: String) throws {
        let folder = Fixture.here + "/../BackbonesTests/Fixtures/tiny-decoders/llama-tied"
        var lora = LoRAConfiguration()
        lora.savedModules = [module]
        let model = try TunedModel(modelFolder: folder, method: lora, head: CausalLMHead(), seed: 1)
        #expect(model.parameters.entries.contains { $0.name.hasSuffix(module + ".weight") && $0.spec.owner == .base })
    }

    @Test func `bias without any bias is refused`() throws {
        let folder = Fixture.here + "/../BackbonesTests/Fixtures/tiny-decoders/llama"
        var lora = LoRAConfiguration()
        lora.bias = .all
        let error = #expect(throws: PlacementError.self) {
            try TunedModel(modelFolder: folder, method: lora, head: CausalLMHead(), seed: 1)
        }
        #expect(error?.problem == "bias: all trains nothing: this llama has no biases")
    }

    private static let full: [String: SettingValue] = [
        "finetuning_type": .string("full"), "r": .null, "lora_dropout": .null, "learning_rate": .double(1e-3),
    ]

    @Test(arguments: [1, 2])
    func `a trial that is interrupted goes on bit for bit, and is evaluated as it was reported`(threads: Int) throws {
        let tiny = try TinyModel()
        let settings = try tiny.settings(
            Self.full.merging(["threads": .int(threads), "gradient_accumulation_steps": .int(2)]) { $1 })
        var (straight, parts): ([Figures], [Figures]) = ([], [])
        var loss: Double?
        _ = try tiny.trainer(settings, output: tiny.folder.path + "/straight").run { report in
            straight.append(Figures(report))
            loss = report.metrics.first { $0.name == "eval_loss" }?.value
        }
        let first = try tiny.trainer(settings)
        #expect(try first.run(report: { parts.append(Figures($0)) }, isInterrupted: { first.step == 5 }) == .interrupted)
        #expect(try tiny.trainer(settings, resume: true).run(report: { parts.append(Figures($0)) }) == .finished)
        #expect(parts == straight && parts.count == 3)
        func file(_ name: String) -> Data? { tiny.folder.contents(name + "/adapter/model.safetensors") }
        #expect(file("out") == file("straight") && file("out") != nil)
        let last = try tiny.settings(Self.full.merging(["max_steps": .int(4)]) { $1 })
        var reported: Double?
        _ = try tiny.trainer(last, output: tiny.folder.path + "/last").run { report in
            reported = report.metrics.first { $0.name == "eval_loss" }?.value
        }
        let again = try AdapterEvaluation(last, adapterFolder: tiny.folder.path + "/last/adapter", split: .validation)
        let evaluated = again.metrics.first { $0.name == "eval_loss" }?.value
        #expect(abs(try #require(evaluated) - #require(reported)) < 1e-5 && loss != nil)
    }

    @Test func `activations that are computed again change no bit`() throws {
        let tiny = try TinyModel()
        let figures = try [false, true].map { again in
            let settings = try tiny.settings(Self.full.merging(["gradient_checkpointing": .bool(again)]) { $1 })
            var made: [Figures] = []
            _ = try tiny.trainer(settings, output: tiny.folder.path + "/\(again)").run { made.append(Figures($0)) }
            return made
        }
        #expect(figures[0] == figures[1] && figures[0].count == 3)
    }

    @Test func `a language model that is trained whole writes`() throws {
        let decoder = try CausalLMModel()
        let settings = try decoder.settings(
            "text",
            Self.full.merging(["init_adapter": .null, "lora_alpha": .null, "target_modules": .null, "max_steps": .int(4)]) {
                $1
            })
        let output = decoder.folder.path + "/whole"
        var losses: [Double] = []
        _ = try TrainingRun(TrainingJob(settings: settings, outputFolder: output)).run { losses.append($0.loss) }
        let writing = try WritingModel(model: nil, adapter: output + "/adapter", precision: .fp32, threads: 1)
        #expect(writing.modelFolder == output + "/adapter" && !losses.isEmpty)
    }
}
