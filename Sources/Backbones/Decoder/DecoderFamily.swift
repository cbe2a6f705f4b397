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
    }

    let modelType: String
    /// How the names of its classes begin.
    let classPrefix: String
    /// Of query, key and value.
    var inputBias = Bias.asConfigured
    /// Of attention's output.
    var outputBias = Bias.asConfigured
    /// Whether each head of the queries and the keys has its RMS norm, before they turn.
    var normsHeads = false
    var window = Window.never
    var rotaryBase = 10_000.0
    /// Whether `no_rope_layers` says which layers turn nothing; else all turn.
    var skipsRotary = false
    var tiesEmbeddings = false
    /// `num_key_value_heads` where the file says nothing; nil: as many as query heads.
    var keyValueHeads: Int?

    static let all = [
        DecoderFamily(modelType: "llama", classPrefix: "Llama"),
        DecoderFamily(
            modelType: "mistral", classPrefix: "Mistral", inputBias: .never, outputBias: .never, window: .everywhere,
            keyValueHeads: 8),
        DecoderFamily(
            modelType: "qwen2", classPrefix: "Qwen2", inputBias: .always, outputBias: .never, window: .whereUsed,
            keyValueHeads: 32),
        DecoderFamily(
            modelType: "qwen3", classPrefix: "Qwen3", normsHeads: true, window: .whereUsed, keyValueHeads: 32),
        DecoderFamily(
            modelType: "smollm3", classPrefix: "SmolLM3", window: .whereUsed, rotaryBase: 2_000_000, skipsRotary: true,
            tiesEmbeddings: true, keyValueHeads: 4),
    ]

    /// PEFT's for all of them but SmolLM3, for which it has none.
    static let defaultTargets = ["q_proj", "v_proj"]
}
