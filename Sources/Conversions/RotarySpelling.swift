import TrainerSettings

/// How positions turn, in a config.json for old and new programs: transformers 5 writes `rope_parameters`, and others read `rope_theta` and
/// `rope_scaling` alone, so that without these a model would answer wrongly in silence.
enum RotarySpelling {
    /// The values with both; what is there stays.
    static func both(_ values: [String: SettingValue]) -> [String: SettingValue] {
        var values = values
        if case .object(let new)? = values["rope_parameters"] {
            var full = new
            if case .object(let inner)? = new["full_attention"] { full = inner }
            if case .object(let local)? = new["sliding_attention"], values["rope_local_base_freq"] == nil {
                values["rope_local_base_freq"] = local["rope_theta"]
            }
            if values["rope_theta"] == nil { values["rope_theta"] = full["rope_theta"] }
            if values["partial_rotary_factor"] == nil { values["partial_rotary_factor"] = full["partial_rotary_factor"] }
            if values["rope_scaling"] ?? .null == .null { values["rope_scaling"] = scaling(full) }
            // Left out where there is nothing to say.
            for key in ["rope_local_base_freq", "rope_theta", "partial_rotary_factor"] where values[key] == .some(.null) {
                values[key] = nil
            }
        } else if let theta = values["rope_theta"], theta != .null, values["rope_local_base_freq"] == nil {
            var new: [String: SettingValue] = ["rope_type": .string("default")]
            if case .object(let scaling)? = values["rope_scaling"] {
                new = scaling
                new["rope_type"] = scaling["rope_type"] ?? scaling["type"]
                new["type"] = nil
            }
            new["rope_theta"] = theta
            if let part = values["partial_rotary_factor"], part != .null { new["partial_rotary_factor"] = part }
            values["rope_parameters"] = .object(new)
        }
        if case .object(var scaling)? = values["rope_scaling"], scaling["type"] == nil, let kind = scaling["rope_type"] {
            scaling["type"] = kind
            values["rope_scaling"] = .object(scaling)
        }
        return values
    }

    /// What old programs call the scaling; nothing where frequencies stay.
    private static func scaling(_ new: [String: SettingValue]) -> SettingValue {
        guard let kind = new["rope_type"]?.text, kind != "default" else { return .null }
        var old = new
        for key in ["rope_theta", "partial_rotary_factor"] { old[key] = nil }
        old["type"] = .string(kind)
        return .object(old)
    }
}
