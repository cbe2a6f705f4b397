package import Checkpoints
import Layers
package import Tensors
import TrainerSettings

/// What a Hugging Face config.json says about a BERT, or another encoder of its kind.
package struct BertConfiguration: BackboneConfiguration {
    let family: BertFamily
    package var hiddenSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var intermediateSize: Int
    package var vocabularySize: Int
    /// Rows of the table of token types.
    var typeCount: Int
    package var positionCount: Int
    /// The row of the positions' table that a text's first token has.
    package var firstPosition = 0
    package var paddingToken: Int?
    package var normEpsilon: Float
    package var activation: Kernels.GELU
    /// The deviation of weights that start at random.
    package var initializerRange: Double

    package var headWidth: Int { hiddenSize / headCount }
    /// Rows of the positions' table.
    var positionRows: Int { firstPosition + positionCount }
    /// The token that no position is counted for; nil: each has its own.
    var uncountedToken: Int32? { family.countsFromPadding ? Int32(firstPosition - 1) : nil }

    package static let modelTypes = BertFamily.all.map(\.modelType)
    package static let classPrefixes = BertFamily.all.map(\.classPrefix)

    package var modelType: String { family.modelType }
    package var classifier: ClassifierShape { family.classifier }

    package init(file path: String) throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: path, problem: problem) }
        let raw: RawBertConfiguration
        do throws(JSONInputError) {
            raw = try JSONInput.read(RawBertConfiguration.self, file: path)
        } catch {
            throw CheckpointError(path: error.place, problem: error.problem)
        }
        guard let family = raw.family else { throw fail("names no encoder that is known") }
        self.family = family
        func positive(_ entry: (name: String, value: Int?), atMost limit: Int = 1 << 24) throws(CheckpointError) -> Int {
            guard let value = entry.value else { throw fail("'\(entry.name)' is missing") }
            guard (1...limit).contains(value) else { throw fail("'\(entry.name)' is \(value), expected 1 to \(limit)") }
            return value
        }
        let sizes = raw.sizes(family.keys)
        hiddenSize = try positive(sizes.hidden)
        layerCount = try positive(sizes.layers, atMost: 1024)
        headCount = try positive(sizes.heads)
        intermediateSize = try positive(sizes.intermediate)
        vocabularySize = try positive(("vocab_size", raw.vocab_size))
        typeCount = try positive(("type_vocab_size", raw.type_vocab_size ?? 2))
        let rows = try positive(("max_position_embeddings", raw.max_position_embeddings))
        if family.countsFromPadding {
            let padding = raw.pad_token_id ?? 1
            guard (0..<min(rows - 1, vocabularySize)).contains(padding) else {
                throw fail(
                    "'pad_token_id' is \(padding), and positions are counted from it on; the model has \(rows) of them")
            }
            firstPosition = padding + 1
        }
        positionCount = rows - firstPosition
        paddingToken = Self.padding(raw.pad_token_id ?? (family.countsFromPadding ? 1 : 0), vocabulary: vocabularySize)
        normEpsilon = family.readsNormEpsilon ? raw.layer_norm_eps ?? 1e-12 : 1e-12
        initializerRange = raw.initializer_range ?? 0.02
        guard hiddenSize % headCount == 0 else {
            throw fail("\(sizes.hidden.name) \(hiddenSize) is no multiple of \(sizes.heads.name) \(headCount)")
        }
        if family.namesEmbeddingSize, let width = raw.embedding_size, width != hiddenSize {
            throw fail(
                "embedding_size \(width) is not hidden_size \(hiddenSize): embeddings that are projected are not available yet"
            )
        }
        if let kind = raw.position_embedding_type, kind != "absolute" {
            throw fail("position_embedding_type '\(kind)' is not supported (supported: absolute)")
        }
        if raw.is_decoder == true { throw fail("is_decoder is not supported") }
        switch sizes.activation.value ?? "gelu" {
        case "gelu", "gelu_python": activation = .erf
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": activation = .tanh
        case let other:
            throw fail(
                "\(sizes.activation.name) '\(other)' is not supported (supported: gelu, gelu_new, gelu_pytorch_tanh)")
        }
    }
}

extension BertConfiguration {
    package func weights(in folder: String) throws(CheckpointError) -> BertWeights {
        try BertWeights(self, in: folder)
    }
}
