import Tensors

/// What the model types that are one decoder differ in: which keys of config.json mean something, and what holds without them.
///
/// A new one is a value here and its place in ``all``.
struct DecoderFamily: Sendable, Hashable {
    enum Bias: Sendable, Hashable {
        case always, never
        /// As `attention_bias` says.
        case asConfigured
    }

    enum Window: Sendable, Hashable {
        case never
        /// In every layer, where `sliding_window` has a number.
        case everywhere
        /// Only with `use_sliding_window`, in the layers that `layer_types` names, or from `max_window_layers` on.
        case whereUsed
        /// In the layers that `layer_types` names, or in all but every so many, as `sliding_window_pattern` says.
        case mixed(fullEvery: Int)
    }

    /// Of Gemma 2 and 3.
    struct Bounds: Sendable, Hashable {
        /// `query_pre_attn_scalar`: scores are divided by its root.
        var scalar = 256.0
        /// `attn_logit_softcapping`
        var scores: Double?
        /// `final_logit_softcapping`
        var logits: Double?
    }

    var modelType: String
    /// How the names of its classes begin.
    var classPrefix: String
    /// What GGUF files call it; nil: it is not read from them.
    var gguf: String?
    /// Of query, key and value.
    var inputBias = Bias.asConfigured
    /// Of attention's output.
    var outputBias = Bias.asConfigured
    /// Whether one matrix makes query, key and value, and one the gate and what it gates.
    var joinsInputs = false
    /// Whether each head of the queries and the keys has its RMS norm, before they turn.
    var normsHeads = false
    /// Whether what attention and the gated layers give has its RMS norm, before it is added.
    var normsResults = false
    /// What is added to the norms' weights as files have them.
    var normOffset: Float = 0
    /// Whether embeddings are multiplied by the root of the hidden size.
    var scalesEmbeddings = false
    /// How scores and logits are scaled and bounded where the file says nothing; nil: they are not.
    var bounds: Bounds?
    var activation = GatedActivation.silu
    var window = Window.never
    /// `sliding_window` where the file says nothing.
    var windowSize: Int?
    var rotaryBase = 10_000.0
    /// Of the layers that see a window, where these turn otherwise (`rope_local_base_freq`).
    var windowRotaryBase: Double?
    /// Whether `partial_rotary_factor` says how much of a head turns; else all does.
    var turnsInPart = false
    /// The scalings that are LongRoPE under other names.
    var longRopeNames: Set<String> = []
    /// `original_max_position_embeddings` where the file says nothing beside the scaling; nil: as the scaling says, or
    /// `max_position_embeddings`.
    var originalPositions: Int?
    /// Whether a text that grows until LongRoPE's long factors hold is computed again; else what it has keeps the short ones.
    var beginsLongTextsAnew = false
    /// Whether `no_rope_layers` says which layers turn nothing; else all turn.
    var skipsRotary = false
    var tiesEmbeddings = false
    /// `head_dim` where the file says nothing; nil: the hidden size's share of a head.
    var headWidth: Int?
    /// `num_key_value_heads` where the file says nothing; nil: as many as query heads.
    var keyValueHeads: Int?
    /// `rms_norm_eps` where the file says nothing.
    var normEpsilon: Float = 1e-6
    /// `pad_token_id` where the file says nothing.
    var paddingToken: Int?
    /// PEFT's; for SmolLM3 and Phi-3 it has none.
    var defaultTargets = ["q_proj", "v_proj"]
    /// Of PEFT's IA3; for these two it has none either.
    var scalingTargets = ["q_proj", "v_proj", "down_proj"]
}

extension DecoderFamily {
    static let all = [llama, mistral, qwen2, qwen3, smolLM3, gemma, gemma2, gemma3, phi3]

    static let llama = DecoderFamily(
        modelType: "llama", classPrefix: "Llama", gguf: "llama", scalingTargets: ["k_proj", "v_proj", "down_proj"])
    /// GGUF files call it "llama", and have no windows.
    static let mistral = DecoderFamily(
        modelType: "mistral", classPrefix: "Mistral", inputBias: .never, outputBias: .never, window: .everywhere,
        windowSize: 4096, keyValueHeads: 8, scalingTargets: llama.scalingTargets)
    static let qwen2 = DecoderFamily(
        modelType: "qwen2", classPrefix: "Qwen2", gguf: "qwen2", inputBias: .always, outputBias: .never, window: .whereUsed,
        windowSize: 4096, keyValueHeads: 32)
    static let qwen3 = DecoderFamily(
        modelType: "qwen3", classPrefix: "Qwen3", gguf: "qwen3", normsHeads: true, window: .whereUsed, windowSize: 4096,
        headWidth: 128, keyValueHeads: 32)
    static let smolLM3 = DecoderFamily(
        modelType: "smollm3", classPrefix: "SmolLM3", gguf: "smollm3", window: .whereUsed, rotaryBase: 2_000_000,
        skipsRotary: true, tiesEmbeddings: true, keyValueHeads: 4, paddingToken: 128_004, scalingTargets: [])

    static let gemma = DecoderFamily(
        modelType: "gemma", classPrefix: "Gemma", gguf: "gemma", normOffset: 1, scalesEmbeddings: true, activation: .geluTanh,
        tiesEmbeddings: true, headWidth: 256, keyValueHeads: 16, paddingToken: 0)
    static let gemma2: DecoderFamily = {
        var family = gemma
        family.modelType = "gemma2"
        family.classPrefix = "Gemma2"
        family.gguf = "gemma2"
        family.normsResults = true
        family.bounds = Bounds(scores: 50, logits: 30)
        family.window = .mixed(fullEvery: 2)
        family.windowSize = 4096
        family.keyValueHeads = 4
        return family
    }()
    static let gemma3: DecoderFamily = {
        var family = gemma2
        family.modelType = "gemma3_text"
        family.classPrefix = "Gemma3"
        family.gguf = "gemma3"
        family.normsHeads = true
        family.bounds = Bounds()
        family.window = .mixed(fullEvery: 6)
        family.rotaryBase = 1_000_000
        family.windowRotaryBase = 10_000
        return family
    }()

    static let phi3 = DecoderFamily(
        modelType: "phi3", classPrefix: "Phi3", gguf: "phi3", inputBias: .never, outputBias: .never, joinsInputs: true,
        window: .everywhere,
        turnsInPart: true, longRopeNames: ["su", "yarn"], originalPositions: 4096, beginsLongTextsAnew: true,
        normEpsilon: 1e-5, paddingToken: 32_000, defaultTargets: ["qkv_proj"], scalingTargets: [])
}
