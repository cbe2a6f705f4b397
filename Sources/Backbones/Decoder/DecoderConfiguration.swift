package import Checkpoints
import Layers
package import Tensors

/// What a decoder's configuration says: sizes, and how its layers differ from Llama's.
package struct DecoderConfiguration: BackboneConfiguration {
    /// What may differ from layer to layer.
    package struct LayerKind: Sendable, Hashable {
        /// How many of the last tokens a token sees, itself included; nil: all.
        package var window: Int?
        /// Whether positions turn its queries and keys.
        package var isRotary = true
        /// Whether it is one of those that see a window, in a model that has others too.
        package var isLocal = false
    }

    package struct Biases: Sendable, Hashable {
        /// Of query, key and value.
        package var input = false
        /// Of attention's output.
        package var output = false
        /// Of the gated layers.
        package var inner = false
    }

    package var modelType: String
    package var hiddenSize: Int
    package var headCount: Int
    /// Heads of keys and values, each of which so many query heads share.
    package var keyValueHeadCount: Int
    package var headWidth: Int
    package var intermediateSize: Int
    package var vocabularySize: Int
    package var positionCount: Int
    package var normEpsilon: Float
    package var activation = GatedActivation.silu
    package var rotary: RotarySettings
    /// Of the local layers; nil: the same.
    package var localRotary: RotarySettings?
    package var layers: [LayerKind]
    package var biases = Biases()
    /// Whether each head of the queries and keys has its RMS norm.
    package var normsHeads = false
    /// Whether what attention and the gated layers give has its RMS norm before it is added.
    package var normsResults = false
    /// What is added to the norms' weights as files have them.
    package var normOffset: Float = 0
    /// What embeddings are multiplied by.
    package var embeddingScale: Float = 1
    /// What scores are multiplied by; nil: 1 / sqrt(headWidth).
    package var scoreScale: Float?
    /// Scores become cap * tanh(score / cap), logits likewise; nil: they stay.
    package var scoreCap: Float?
    package var outputCap: Float?
    /// Whether a text that grows until LongRoPE's long factors hold is computed again; else the keys that it has keep the short ones.
    package var beginsLongTextsAnew = false
    /// Whether one matrix makes query, key and value, and one the gate and what it gates.
    package var joinsInputs = false
    /// Whether the vocabulary's matrix is the embeddings'.
    package var tiesEmbeddings: Bool
    package var initializerRange = 0.02
    package var endTokens: [Int32] = []
    package var paddingToken: Int?
    package var defaultTargets: [String]
    package var scalingTargets: [String]

    package static let modelTypes = DecoderFamily.all.map(\.modelType)
    package static let classPrefixes = DecoderFamily.all.map(\.classPrefix)

    package var layerCount: Int { layers.count }
    package var classifier: ClassifierShape { ClassifierShape("score", hasBias: false) }
    package var poolsLastToken: Bool { true }

    /// A layer keeps more of a token than an encoder's does.
    package var partTokens: Int { 512 }

    /// Floats of all query heads of a token.
    var queryWidth: Int { headCount * headWidth }
    /// Of all its key heads, or of its value heads.
    var keyWidth: Int { keyValueHeadCount * headWidth }
    /// Of its query, key and value, side by side.
    var inputWidth: Int { queryWidth + 2 * keyWidth }
    /// Query heads that share a head of keys and values.
    var groupSize: Int { headCount / keyValueHeadCount }

    package func weights(in model: String) throws(CheckpointError) -> DecoderWeights {
        try DecoderWeights(self, in: model)
    }
}
