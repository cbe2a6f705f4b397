package import Checkpoints
import Tensors
import TrainerSettings

extension DecoderConfiguration {
    package init(file path: String) throws(CheckpointError) {
        let raw: RawDecoderConfiguration
        do throws(JSONInputError) {
            raw = try JSONInput.read(RawDecoderConfiguration.self, file: path)
        } catch {
            throw CheckpointError(path: error.place, problem: error.problem)
        }
        guard let family = raw.family else { throw CheckpointError(path: path, problem: "names no decoder that is known") }
        try self.init(raw, of: family, file: path)
        endTokens += Self.turnEnds(beside: path).filter { !endTokens.contains($0) }
    }

    /// The tokens that end a text by generation_config.json, which knows of chats what config.json often does not: the end of a turn.
    private static func turnEnds(beside path: String) -> [Int32] {
        let folder = path.hasSuffix("config.json") ? String(path.dropLast("config.json".count)) : ""
        let generation = try? JSONInput.read(RawGeneration.self, file: folder + "generation_config.json")
        return generation?.eos_token_id?.tokens ?? []
    }

    private init(_ raw: RawDecoderConfiguration, of family: DecoderFamily, file path: String) throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: path, problem: problem) }
        func positive(_ name: String, _ value: Int?, atMost limit: Int = 1 << 24) throws(CheckpointError) -> Int {
            guard let value else { throw fail("'\(name)' is missing") }
            guard (1...limit).contains(value) else { throw fail("'\(name)' is \(value), expected 1 to \(limit)") }
            return value
        }
        func above0(_ name: String, _ value: Double?) throws(CheckpointError) -> Double? {
            if let value, !(value > 0 && value.isFinite) { throw fail("'\(name)' is \(value), expected a number above 0") }
            return value
        }
        modelType = family.modelType
        hiddenSize = try positive("hidden_size", raw.hidden_size)
        let layerCount = try positive("num_hidden_layers", raw.num_hidden_layers, atMost: 1024)
        headCount = try positive("num_attention_heads", raw.num_attention_heads, atMost: 1 << 16)
        keyValueHeadCount = try positive(
            "num_key_value_heads", raw.num_key_value_heads.or(family.keyValueHeads) ?? headCount, atMost: 1 << 16)
        guard headCount % keyValueHeadCount == 0 else {
            throw fail("num_attention_heads \(headCount) is no multiple of num_key_value_heads \(keyValueHeadCount)")
        }
        let headDim = raw.head_dim ?? family.headWidth
        guard headDim != nil || hiddenSize % headCount == 0 else {
            throw fail("hidden_size \(hiddenSize) is no multiple of num_attention_heads \(headCount), and there is no head_dim")
        }
        headWidth = try positive("head_dim", headDim ?? hiddenSize / headCount, atMost: 1 << 12)
        guard headWidth % 2 == 0 else {
            throw fail("head_dim is \(headWidth), and positions turn pairs: expected an even number")
        }
        intermediateSize = try positive("intermediate_size", raw.intermediate_size)
        vocabularySize = try positive("vocab_size", raw.vocab_size)
        positionCount = try positive("max_position_embeddings", raw.max_position_embeddings)
        normEpsilon = raw.rms_norm_eps ?? family.normEpsilon
        initializerRange = raw.initializer_range ?? 0.02
        tiesEmbeddings = raw.tie_word_embeddings ?? family.tiesEmbeddings
        endTokens = raw.eos_token_id?.tokens ?? []
        paddingToken = Self.padding(raw.pad_token_id.or(family.paddingToken), vocabulary: vocabularySize)
        normsHeads = family.normsHeads
        normsResults = family.normsResults
        normOffset = family.normOffset
        joinsInputs = family.joinsInputs
        (defaultTargets, scalingTargets) = (family.defaultTargets, family.scalingTargets)
        if family.scalesEmbeddings { embeddingScale = Float(Double(hiddenSize).squareRoot()) }
        if let bounds = family.bounds {
            scoreScale = try above0("query_pre_attn_scalar", raw.query_pre_attn_scalar ?? bounds.scalar).map {
                Float(1 / $0.squareRoot())
            }
            scoreCap = try above0("attn_logit_softcapping", raw.attn_logit_softcapping.or(bounds.scores)).map { Float($0) }
            outputCap = try above0("final_logit_softcapping", raw.final_logit_softcapping.or(bounds.logits)).map { Float($0) }
        }
        beginsLongTextsAnew = family.beginsLongTextsAnew
        guard raw.use_bidirectional_attention != true else {
            throw fail("use_bidirectional_attention true is not supported: each token sees those before it alone")
        }
        func has(_ bias: DecoderFamily.Bias) -> Bool {
            switch bias {
            case .always: true
            case .never: false
            case .asConfigured: raw.attention_bias ?? false
            }
        }
        biases = Biases(input: has(family.inputBias), output: has(family.outputBias), inner: raw.mlp_bias ?? false)
        switch raw.hidden_activation ?? raw.hidden_act {
        case nil: activation = family.activation
        case "silu", "swish": activation = .silu
        case "gelu_pytorch_tanh", "gelu_new": activation = .geluTanh
        // The first files of Gemma say so, and mean the other.
        case "gelu" where family.activation == .geluTanh: activation = .geluTanh
        case let other?:
            throw fail("hidden_act '\(other)' is not supported (supported: silu, gelu_pytorch_tanh)")
        }
        (rotary, localRotary) = try raw.rotary(of: family, headWidth: headWidth, positions: positionCount, file: path)
        let (kinds, problem) = raw.layerKinds(family, count: layerCount)
        if let problem { throw fail(problem) }
        layers = kinds
    }
}

// Named as the file names them, so that a decoding error names the key.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct RawDecoderConfiguration: Decodable {
    var model_type: String?
    var architectures: [String]?
    var hidden_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var num_key_value_heads: Given<Int>
    var head_dim: Int?
    var intermediate_size: Int?
    var vocab_size: Int?
    var max_position_embeddings: Int?
    var rms_norm_eps: Float?
    var initializer_range: Double?
    var tie_word_embeddings: Bool?
    var attention_bias: Bool?
    var mlp_bias: Bool?
    var hidden_act: String?
    var hidden_activation: String?
    var query_pre_attn_scalar: Double?
    var attn_logit_softcapping: Given<Double>
    var final_logit_softcapping: Given<Double>
    var use_bidirectional_attention: Bool?
    var eos_token_id: EndTokens?
    var pad_token_id: Given<Int>
    var sliding_window: Given<Int>
    var use_sliding_window: Bool?
    var max_window_layers: Int?
    var layer_types: [String]?
    var sliding_window_pattern: Int?
    var no_rope_layers: [Int]?
    var no_rope_layer_interval: Int?
    var rope_theta: Double?
    var rope_local_base_freq: Double?
    var rope_scaling: RawRotaryScaling?
    var rope_parameters: RawRotaryParameters?
    var original_max_position_embeddings: Int?
    var partial_rotary_factor: Double?

    var family: DecoderFamily? {
        if let model_type { return DecoderFamily.all.first { $0.modelType == model_type } }
        return DecoderFamily.all.first { architectures?.first?.hasPrefix($0.classPrefix + "For") ?? false }
            ?? DecoderFamily.all.last { architectures?.first?.hasPrefix($0.classPrefix) ?? false }
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
private struct RawGeneration: Decodable {
    var eos_token_id: EndTokens?
}

/// A number or a list of numbers.
struct EndTokens: Decodable {
    let tokens: [Int32]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        tokens = try (try? container.decode([Int32].self)) ?? [container.decode(Int32.self)]
    }
}
