package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

extension PromptMethod {
    package static var namesInFile: String { "num_virtual_tokens or num_transformer_submodules" }
    package static func owns(_ tensor: String) -> Bool { tensor == name }
    /// PEFT 0.11 takes no `modules_to_save` here.
    package static var namesSavedModules: Bool { false }

    /// PEFT wraps no module of the model here, so names lack a part that other adapters' have.
    package func fileName(_ tensor: String, on model: any BackboneConfiguration) -> String {
        guard tensor != ParameterSpec.fullName(Self.name) else { return Self.name }
        return "base_model." + tensor.dropFirst(ParameterSpec.fullName("").count)
    }

    /// How the rows started is nothing to who loads them.
    func promptValues(of model: any BackboneConfiguration) -> [String: SettingValue] {
        [
            "num_attention_heads": .int(model.headCount), "num_layers": .int(model.layerCount),
            "num_transformer_submodules": .int(1), "num_virtual_tokens": .int(virtualTokenCount),
            "token_dim": .int(model.hiddenSize),
        ]
    }

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? {
        count(in: configuration).map { Self(count: $0) }
    }

    private static func count(in configuration: [String: SettingValue]) -> Int? {
        guard let count = configuration["num_virtual_tokens"]?.integer, (1...65536).contains(count),
            [nil, .null, .int(1)].contains(configuration["num_transformer_submodules"])
        else { return nil }
        return count
    }

    package func refusal(of values: [String: SettingValue], at sites: [Site]) -> String? {
        guard let count = values["num_virtual_tokens"]?.integer, count != virtualTokenCount else { return nil }
        return "num_virtual_tokens is \(count), the configuration says \(virtualTokenCount)"
    }

    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        guard let count = count(in: configuration) else {
            return "num_virtual_tokens is \(configuration["num_virtual_tokens"] ?? .null), and has to be a whole number above 0"
        }
        guard let rows = tensors.entries[name] else { return "'\(name)' is missing in \(tensors.path)" }
        guard rows.shape.count == 2, rows.shape[0] == count else {
            return "num_virtual_tokens is \(count), and tensor '\(name)' has the shape \(rows.shape)"
        }
        return nil
    }
}

extension PromptTuning {
    package init(count: Int) { self.init(count: count, start: .random) }

    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        let none: [String: SettingValue] = [
            "prompt_tuning_init": .string("RANDOM"), "prompt_tuning_init_text": .null, "tokenizer_name_or_path": .null,
        ]
        return none.merging(promptValues(of: model)) { $1 }
    }
}
