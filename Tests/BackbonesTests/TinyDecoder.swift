import Checkpoints
import Foundation
import Layers
import Methods
import Tensors

@testable import Backbones

/// One of the tiny random decoders of Fixtures, and what transformers computes with it
/// (Benchmarks/fixtures/make_decoder_fixtures.py).
struct TinyDecoder {
    let folder: String

    static let all = [
        "llama", "llama-tied", "llama-linear", "llama-dynamic", "llama-llama3", "llama-yarn", "llama-longrope", "mistral",
        "qwen2", "qwen3", "smollm3", "gemma", "gemma2", "gemma3", "phi3", "phi3-longrope",
    ]

    init(_ name: String) {
        folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/tiny-decoders/" + name
    }

    /// The numbers of one of the folder's files, by name.
    func numbers(_ file: String) throws -> [String: [Float]] {
        let file = try SafetensorsFile(path: folder + "/" + file + ".safetensors")
        return try Dictionary(
            uniqueKeysWithValues: file.entries.keys.map { name in
                let tensor = try file.tensor(name)
                return (name, withExtendedLifetime(tensor) { Array(tensor.values) })
            })
    }

    func batch() throws -> PackedBatch {
        let golden = try numbers("golden")
        return PackedBatch(
            tokens: (golden["tokens"] ?? []).map(Int32.init), offsets: (golden["offsets"] ?? []).map(Int32.init))
    }

    func configuration() throws -> DecoderConfiguration? {
        try Architectures.configuration(of: folder) as? DecoderConfiguration
    }

    func tuned(
        _ method: LoRAConfiguration, rows: RowSelection = .listed, storage: WeightStorage = WeightStorage()
    ) throws -> TunedBackbone {
        try Self.open(Architectures.weights(of: folder), method, rows, storage)
    }

    private static func open(
        _ weights: some BackboneWeights, _ method: LoRAConfiguration, _ rows: RowSelection, _ storage: WeightStorage
    ) throws -> TunedBackbone {
        try TunedBackbone(weights, rows: rows, method: method, storage: storage)
    }
}

extension TunedBackbone {
    /// Of rows of the backbone.
    func logits(_ hidden: HiddenRows, pass: Pass) throws -> [Float] {
        guard let layer = backbone.outputLayer else { throw CheckpointError(path: "", problem: "no vocabulary's matrix") }
        let vocabulary = layer.linears[0].site.outputs
        let logits = FloatStorage(count: hidden.rows.count * vocabulary)
        let scratch = outputScratch(hidden)
        withExtendedLifetime(scratch) {
            layer.forward(outputWork(hidden, scratch, pass), into: [logits.base], stride: vocabulary)
        }
        pass.kernels.bound(view(logits.base, hidden))
        return withExtendedLifetime(logits) { Array(logits.values) }
    }

    /// Logits of rows of the backbone, as it bounds them.
    private func view(_ logits: Floats, _ hidden: HiddenRows) -> Logits {
        let vocabulary = backbone.configuration.vocabularySize
        return Logits(
            logits, rows: hidden.rows.count, classes: vocabulary, stride: vocabulary, cap: backbone.configuration.outputCap)
    }

    private func outputScratch(_ hidden: HiddenRows) -> FloatStorage {
        FloatStorage(
            count: hidden.rows.count * (max(backbone.configuration.hiddenSize, backbone.configuration.vocabularySize) + 2))
    }

    private func outputWork(_ hidden: HiddenRows, _ scratch: FloatStorage, _ pass: Pass) -> LinearWork {
        let narrow = UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: BFloat16.self)
        return LinearWork(
            hidden.values, rows: hidden.rows, kept: hidden.values, scratch: Scratch(narrow: narrow, delta: hidden.values),
            pass: pass)
    }

    /// Mean cross-entropy at the listed tokens, each of which predicts the next; gradients are left in the parameters.
    func causalLoss(_ batch: PackedBatch) throws -> Double {
        let (shard, pass) = (Shard(batch, sequences: 0..<batch.sequenceCount), pass(dropoutSeed: 1))
        backbone.pack(pass)
        let hidden = activations.forward(shard, pass: pass)
        guard let layer = backbone.outputLayer, let gradient = hidden.gradient else { return .nan }
        let (vocabulary, count) = (layer.linears[0].site.outputs, hidden.rows.count)
        let (logits, results) = (FloatStorage(count: count * vocabulary), FloatStorage(count: 2 * count))
        let scratch = outputScratch(hidden)
        let work = outputWork(hidden, scratch, pass)
        layer.forward(work, into: [logits.base], stride: vocabulary)
        pass.kernels.tokenLosses(
            view(logits.base, hidden), targets: batch.listed.map { batch.tokens[Int($0) + 1] },
            into: TokenLosses(losses: results.base, hits: results.base + count), gradientScale: 1 / Float(count))
        withExtendedLifetime(scratch) {
            layer.backward(work, dy: OutputGradients([logits.base], stride: vocabulary), dx: gradient, accumulate: false)
        }
        activations.backward(shard, pass: pass)
        return withExtendedLifetime(results) { results.values.prefix(count).reduce(0) { $0 + Double($1) } / Double(count) }
    }
}
