import Backbones
import Layers
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

/// The gradients of the model's own tensors beside differences of the loss.
@Suite struct BaseGradientTests {
    private static let here = Fixture.here + "/../BackbonesTests/Fixtures/"

    static let models = [
        "tiny-bert", "tiny-encoders/roberta", "tiny-encoders/distilbert", "tiny-encoders/electra", "tiny-decoders/llama",
        "tiny-decoders/qwen3", "tiny-decoders/gemma3", "tiny-decoders/phi3",
    ]

    @Test(arguments: models, [1, 2])
    func `of a classifier`(folder: String, threads: Int) throws {
        let model = try TunedModel(
            modelFolder: Self.here + folder, method: FullTuning(), head: ClassificationHead(labels: Fixture.labels), seed: 3)
        model.threads = threads
        for (name, difference) in try slopeDifferences(
            model, { Double(try model.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0)) })
        {
            #expect(difference < 2e-2, "\(name)")
        }
    }

    /// As torch's embeddings have it with `padding_idx`: the row stays, whatever the loss says of it.
    @Test(arguments: models + ["tiny-encoders/xlm-roberta"])
    func `padding that a text names has none, and all else has its own`(folder: String) throws {
        let model = try TunedModel(
            modelFolder: Self.here + folder, method: FullTuning(), head: ClassificationHead(labels: Fixture.labels), seed: 3)
        model.threads = 1
        let (padding, width): (Int, Int) = (try #require(model.configuration.paddingToken), model.configuration.hiddenSize)
        let token = Int32(padding)
        let batch = PackedBatch(sequences: [
            [2, 11, token, 30, 4, 19, 3], [2], [2, 5, 39, token, 8, 21, 13, 17, token, 6, 25, 3], [2, 9, 3],
        ])
        func isPadding(_ entry: TrainableParameters.Entry, _ place: Int) -> Bool {
            if entry.name.hasSuffix("word_embeddings.weight") || entry.name.hasSuffix("embed_tokens.weight") {
                return place / width == padding
            }
            // A RoBERTa's padding stands at a position of its own.
            return folder.contains("roberta") && entry.name.hasSuffix("position_embeddings.weight") && place / width == padding
        }
        let found = try slopeDifferences(model, holding: isPadding) {
            Double(try model.trainStep(batch, targets: Fixture.targets, dropoutSeed: 0))
        }
        for (name, difference) in found { #expect(difference < 2e-2, "\(name)") }
        _ = try model.trainStep(batch, targets: Fixture.targets, dropoutSeed: 0)
        for entry in model.parameters.entries {
            let rows = entry.range.enumerated().filter { isPadding(entry, $0.offset) }
            #expect(rows.allSatisfy { model.parameters.gradients[$0.element] == 0 }, "\(entry.name)")
        }
    }

    @Test(arguments: ["llama", "llama-tied", "gemma", "qwen2"], [ModelUse.training, .checkpointing])
    func `of a language model, whose vocabulary may be one matrix with its embeddings`(name: String, use: ModelUse) throws {
        let weights = try Architectures.weights(of: Self.here + "tiny-decoders/" + name)
        let model = try TunedModel(
            weights, method: FullTuning(), head: CausalLMHead(), seed: 3, initAdapter: nil, storage: WeightStorage(), use: use,
            folder: Self.here + "tiny-decoders/" + name)
        model.threads = 1
        var batch = Fixture.batch
        batch.listed = [0, 2, 3, 5, 7, 9, 14, 18, 20]
        let targets = Targets(classes: [11, 4, 8, 21, 2, 5, 17, 33, 9])
        for (name, difference) in try slopeDifferences(
            model, { Double(try model.trainStep(batch, targets: targets, dropoutSeed: 0)) })
        {
            #expect(difference < 2e-2, "\(name)")
        }
    }
}
