import FoundationEssentials
import TrainerSettings

/// What a model's config.json tells that a trainer's configuration needs.
struct ModelFolder: Sendable, Hashable {
    let type: String?
    let layers: Int?

    /// nil: it is no folder with a readable config.json.
    init?(_ path: String) {
        guard let values = try? JSONInput.object(file: path + "/config.json") else { return nil }
        type = values["model_type"]?.text
        layers = ["num_hidden_layers", "n_layer", "num_layers", "n_layers"].lazy.compactMap { values[$0]?.integer }.first
    }

    /// Whether a model is one GGUF file, or a folder with nothing else to load, which the built-in trainer alone reads.
    static func isGGUF(_ path: String) -> Bool {
        if path.hasSuffix(".gguf") { return true }
        guard path.hasPrefix("/"), let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return false }
        return !names.contains("config.json") && names.contains { $0.hasSuffix(".gguf") }
    }

    /// PEFT's default target modules, which other trainers do not share; nil: PEFT knows none for this architecture.
    ///
    /// Those of `TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING` in PEFT 0.21.
    var defaultTargets: [String]? { type.flatMap { Self.defaultTargets[$0] } }

    private static let projections = ["q_proj", "v_proj"]
    private static let defaultTargets: [String: [String]] = [
        "t5": ["q", "v"], "mt5": ["q", "v"], "bart": projections, "gpt2": ["c_attn"], "bloom": ["query_key_value"],
        "opt": projections, "gptj": projections, "gpt_neox": ["query_key_value"], "gpt_neo": projections,
        "bert": ["query", "value"], "roberta": ["query", "value"], "xlm-roberta": ["query", "value"],
        "electra": ["query", "value"], "deberta-v2": ["query_proj", "value_proj"], "deberta": ["in_proj"],
        "llama": projections, "llama4": projections, "chatglm": ["query_key_value"], "gpt_bigcode": ["c_attn"],
        "mpt": ["Wqkv"], "falcon": ["query_key_value"], "codegen": ["qkv_proj"], "mistral": projections,
        "mixtral": projections, "stablelm": projections, "phi": ["q_proj", "v_proj", "fc1", "fc2"], "gemma": projections,
        "gemma2": projections, "gemma3_text": projections, "qwen2": projections, "qwen3": projections,
        "nemotron_h": ["q_proj", "k_proj", "v_proj", "o_proj"],
    ]
}
