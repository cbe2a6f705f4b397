package import Checkpoints
import Layers
package import Tensors
import TrainerSettings

/// What a Hugging Face config.json says about a BERT.
package struct BertConfiguration: BackboneConfiguration {
    package var hiddenSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var intermediateSize: Int
    package var vocabularySize: Int
    package var positionCount: Int
    package var normEpsilon: Float
    package var activation: Kernels.GELU
    /// The deviation of weights that start at random.
    package var initializerRange: Double

    package var headWidth: Int { hiddenSize / headCount }

    package static let modelTypes = ["bert"]
    package static let classPrefixes = ["Bert"]

    package var modelType: String { Self.modelTypes[0] }
    package var classifier: ClassifierShape { ClassifierShape("classifier", hasBias: true) }

    package init(file path: String) throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: path, problem: problem) }
        let raw: RawConfiguration
        do throws(JSONInputError) {
            raw = try JSONInput.read(RawConfiguration.self, file: path)
        } catch {
            throw CheckpointError(path: error.place, problem: error.problem)
        }
        func positive(_ name: String, _ value: Int?, atMost limit: Int = 1 << 24) throws(CheckpointError) -> Int {
            guard let value else { throw fail("'\(name)' is missing") }
            guard (1...limit).contains(value) else { throw fail("'\(name)' is \(value), expected 1 to \(limit)") }
            return value
        }
        hiddenSize = try positive("hidden_size", raw.hidden_size)
        layerCount = try positive("num_hidden_layers", raw.num_hidden_layers, atMost: 1024)
        headCount = try positive("num_attention_heads", raw.num_attention_heads)
        intermediateSize = try positive("intermediate_size", raw.intermediate_size)
        vocabularySize = try positive("vocab_size", raw.vocab_size)
        positionCount = try positive("max_position_embeddings", raw.max_position_embeddings)
        normEpsilon = raw.layer_norm_eps ?? 1e-12
        initializerRange = raw.initializer_range ?? 0.02
        guard hiddenSize % headCount == 0 else {
            throw fail("hidden_size \(hiddenSize) is no multiple of num_attention_heads \(headCount)")
        }
        if let kind = raw.position_embedding_type, kind != "absolute" {
            throw fail("position_embedding_type '\(kind)' is not supported (supported: absolute)")
        }
        if raw.is_decoder == true { throw fail("is_decoder is not supported") }
        switch raw.hidden_act ?? "gelu" {
        case "gelu", "gelu_python": activation = .erf
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": activation = .tanh
        case let other:
            throw fail("hidden_act '\(other)' is not supported (supported: gelu, gelu_new, gelu_pytorch_tanh)")
        }
    }
}

extension BertConfiguration {
    package func weights(in folder: String) throws(CheckpointError) -> BertWeights {
        try BertWeights(self, in: folder)
    }
}

// Named as the file names them, so that a decoding error names the key.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct RawConfiguration: Decodable {
    var hidden_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var intermediate_size: Int?
    var vocab_size: Int?
    var max_position_embeddings: Int?
    var layer_norm_eps: Float?
    var initializer_range: Double?
    var position_embedding_type: String?
    var hidden_act: String?
    var is_decoder: Bool?
}
