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

    @Test func `bias without any bias is refused`() throws {
        let folder = Fixture.here + "/../BackbonesTests/Fixtures/tiny-decoders/llama"
        var lora = LoRAConfiguration()
        lora.bias = .all
        let error = #expect(throws: PlacementError.self) {
            try TunedModel(modelFolder: folder, method: lora, head: CausalLMHead(), seed: 1)
        }
        #expect(error?.problem == "bias: all trains nothing: this llama has no biases")
    }
}
