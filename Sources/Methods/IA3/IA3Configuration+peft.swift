package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

extension IA3Configuration {
    package static let peftType = "IA3"
    package static let namesInFile = "target_modules, feedforward_modules or exclude_modules"
    package static let memoryAdvice = ["fewer target_modules"]

    package static func owns(_ tensor: String) -> Bool { tensor.hasSuffix(ending) }

    /// PEFT knows no layers here, and wants the feed-forward modules among the targets: where short names do not say it all, both are
    /// whole names.
    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        func list(_ names: [String]) -> SettingValue { .array(names.sorted().map(SettingValue.string)) }
        var values: [String: SettingValue] = ["fan_in_fan_out": .bool(false), "init_ia3_weights": .bool(true)]
        let scaled = sites.filter(scalesInput)
        if case .names(let names)? = placement(on: model).targets, placement.layers == .all, placement.excluded == nil {
            func isOf(_ name: String, _ site: Site) -> Bool { site.name == name || site.name.hasSuffix("." + name) }
            let inputs = names.filter { name in scaled.contains { isOf(name, $0) } }
            if !inputs.contains(where: { name in sites.contains { isOf(name, $0) && !scalesInput($0) } }) {
                values["target_modules"] = list(names)
                values["feedforward_modules"] = list(inputs)
                return values
            }
        }
        values["target_modules"] = list(sites.map(\.name))
        values["feedforward_modules"] = list(scaled.map(\.name))
        return values
    }

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? {
        let names = ["target_modules", "feedforward_modules", "exclude_modules"]
        let given = configuration.filter { names.contains($0.key) && $0.value != .null }
        guard given["target_modules"] != nil, given["feedforward_modules"] != nil,
            let settings = TrainerSettings.saved(given, of: .ia3)
        else { return nil }
        var method = IA3Configuration(settings)
        method.placement.isStrict = false
        return method
    }

    /// What is multiplied in which module the tensors' shapes say.
    package func refusal(of values: [String: SettingValue], at sites: [Site]) -> String? {
        values["fan_in_fan_out"] == .bool(true) ? "fan_in_fan_out is not available yet" : nil
    }

    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        for name in ["target_modules", "feedforward_modules"] {
            switch configuration[name] ?? .null {
            case .string: continue
            case .array(let names) where names.allSatisfy({ $0.text != nil }): continue
            case let value: return "\(name) is \(value), and has to be a list of names or an expression"
            }
        }
        for (name, entry) in tensors.entries.sorted(by: { $0.key < $1.key }) where owns(name) {
            guard entry.shape.count == 2, entry.shape.contains(1) else {
                return "tensor '\(name)' has the shape \(entry.shape), and has to be one row or one column"
            }
        }
        return nil
    }
}
