package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

extension MissConfiguration {
    package static let peftType = "MISS"
    package static let namesInFile = "r, target_modules, layers_to_transform or exclude_modules"
    package static let memoryAdvice = ["a smaller r", "fewer target_modules"]

    package static func owns(_ tensor: String) -> Bool { tensor.hasSuffix(ending) }

    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        let own: [String: SettingValue] = [
            "bias": .string("none"), "init_weights": .bool(true), "mini_r": .int(1), "miss_dropout": .double(dropout),
            "r": .int(rank),
        ]
        return try own.merging(placement.peftValues(for: sites, of: model)) { $1 }
    }

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? {
        let names = ["r", "target_modules", "layers_to_transform", "exclude_modules"]
        let given = configuration.filter { names.contains($0.key) && $0.value != .null }
        guard given["r"] != nil, given["target_modules"] != nil, variant(of: configuration) == nil,
            let settings = TrainerSettings.saved(given, of: .miss)
        else { return nil }
        var method = MissConfiguration(settings)
        method.placement.isStrict = false
        return method
    }

    /// Why an adapter is of another kind of MiSS; nil: it is of this one.
    private static func variant(of values: [String: SettingValue]) -> String? {
        if let word = values["init_weights"]?.text {
            return "init_weights is \(word), a variant of MiSS that is not available; train it with init_weights true"
        }
        let bias = values["bias"]?.text ?? "none"
        return bias == "none" ? nil : "bias is \(bias), which is not available for MiSS; train it with bias none"
    }

    package func refusal(of values: [String: SettingValue], at sites: [Site]) -> String? {
        guard values["r"]?.integer == rank else {
            return "r is \(values["r"] ?? .null), the configuration says \(rank)"
        }
        return Self.variant(of: values)
    }

    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        guard let rank = configuration["r"]?.integer, rank > 0 else {
            return "r is \(configuration["r"] ?? .null), and has to be a whole number above 0"
        }
        if let variant = variant(of: configuration) { return variant }
        for (name, entry) in tensors.entries.sorted(by: { $0.key < $1.key }) where owns(name) {
            guard entry.shape.count == 2, entry.shape.first == rank else {
                return "r is \(rank), and tensor '\(name)' has the shape \(entry.shape)"
            }
        }
        return nil
    }
}
