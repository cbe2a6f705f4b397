import TrainerSettings

/// A base that mlx-lm would compute otherwise in silence: of most models it reads how positions turn from the older keys of config.json
/// alone.
enum RotaryLack {
    /// - Parameter values: of the base's config.json.
    /// - Returns: the keys that mlx-lm would want; none: it reads the model rightly.
    static func keys(missingIn values: [String: SettingValue]) -> [String] {
        if values["model_type"]?.text == "phi3", case .object(let scaling)? = values["rope_scaling"], scaling["type"] == nil {
            return ["the scaling's 'type' in rope_scaling"]
        }
        // Its reader of Qwen3 knows both.
        guard values["rope_parameters"] ?? .null != .null, values["model_type"]?.text != "qwen3" else { return [] }
        let told = RotarySpelling.both(values)
        let names = ["rope_theta", "rope_scaling", "rope_local_base_freq", "partial_rotary_factor"]
        let missing = names.filter { told[$0] ?? .null != .null && values[$0] ?? .null == .null }
        // What it takes where nothing is said.
        let isUsual =
            ["llama", "mistral", "gemma", "gemma2", "phi3"].contains(values["model_type"]?.text ?? "")
            && told["rope_theta"]?.number == 10_000
        return isUsual && missing == ["rope_theta"] ? [] : missing
    }
}
