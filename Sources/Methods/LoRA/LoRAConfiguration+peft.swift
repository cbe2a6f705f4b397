package import Checkpoints
package import TrainerSettings

extension LoRAConfiguration {
    package static let peftType = "LORA"

    package static func owns(_ tensor: String) -> Bool { tensor.contains(".lora_") }

    package var peftValues: [String: SettingValue] {
        [
            "alpha_pattern": .object([:]), "bias": .string("none"), "fan_in_fan_out": .bool(false),
            "init_lora_weights": .bool(true), "lora_alpha": .double(alpha), "lora_dropout": .double(dropout), "r": .int(rank),
            "rank_pattern": .object([:]), "use_dora": .bool(isDecomposed), "use_rslora": .bool(isRankStabilized),
        ]
    }

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? {
        let names = ["r", "lora_alpha", "target_modules", "layers_to_transform"]
        let given = configuration.filter { names.contains($0.key) && $0.value != .null }
        let needed: [String: SettingValue] = ["model": .string("m"), "train": .string("t"), "validation": .string("v")]
        guard given["r"] != nil, given["lora_alpha"] != nil,
            let settings = try? TrainerSettings(values: given.merging(needed) { $1 })
        else { return nil }
        var method = LoRAConfiguration(settings)
        method.isRankStabilized = configuration["use_rslora"] == .bool(true)
        method.isDecomposed = configuration["use_dora"] == .bool(true)
        return method
    }

    package func refusal(of values: [String: SettingValue]) -> String? {
        if values["r"]?.integer != rank { return "r is \(values["r"] ?? .null), the configuration says \(rank)" }
        if values["lora_alpha"]?.number != alpha {
            return "lora_alpha is \(values["lora_alpha"] ?? .null), the configuration says \(SettingValue.double(alpha))"
        }
        for (name, own) in [("use_rslora", isRankStabilized), ("use_dora", isDecomposed), ("fan_in_fan_out", false)] {
            let value = values[name] ?? .null
            if (value == .null ? .bool(false) : value) != .bool(own) { return "\(name) is not available yet" }
        }
        // With these the base is another than the one that the adapter names: what they changed in it is in no file of the adapter.
        let start = values["init_lora_weights"]?.text?.lowercased() ?? ""
        if ["pissa", "olora", "corda", "loftq"].contains(where: start.hasPrefix) {
            return
                "init_lora_weights \(start) changed the base model too: save it with PEFT's `path_initial_model_for_weight_conversion`, "
                + "which makes it an adapter of the unchanged one"
        }
        if values["alora_invocation_tokens"] ?? .null != .null { return "alora_invocation_tokens is not available yet" }
        if values["lora_bias"] == .bool(true) { return "lora_bias is not available yet" }
        for name in ["rank_pattern", "alpha_pattern"] where ![.object([:]), .null].contains(values[name] ?? .null) {
            return "\(name) is not available yet"
        }
        return nil
    }

    /// Whether the rank and the strength are numbers, and the rank that of the tensors.
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        guard let rank = configuration["r"]?.integer, rank > 0 else {
            return "r is \(configuration["r"] ?? .null), and has to be a whole number above 0"
        }
        guard let alpha = configuration["lora_alpha"]?.number, alpha.isFinite else {
            return "lora_alpha is \(configuration["lora_alpha"] ?? .null), and has to be a number"
        }
        // Ranks by module: then not all tensors have the one.
        guard [.object([:]), .null].contains(configuration["rank_pattern"] ?? .null) else { return nil }
        for (name, entry) in tensors.entries.sorted(by: { $0.key < $1.key }) {
            let dimension: Int? =
                if name.hasSuffix(".lora_A.weight") { entry.shape.first } else if name.hasSuffix(".lora_B.weight") {
                    entry.shape.dropFirst().first
                } else { rank }
            guard dimension == rank else { return "r is \(rank), and tensor '\(name)' has the shape \(entry.shape)" }
        }
        return nil
    }
}
