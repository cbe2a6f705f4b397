package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

/// Every tensor of the model: weights, biases, norms and embeddings. What comes of it is a model, not an adapter.
package struct FullTuning: BaseTuning, Hashable {
    package static let peftType = "NONE"
    package static let memoryAdvice = ["finetuning_type: lora"]
    package let savesModel = true

    package init() {}
    package init(_ settings: TrainerSettings) {}

    package func baseParameters(
        of model: any BackboneConfiguration, at sites: [Site], for rows: RowSelection
    ) throws(PlacementError) -> [ParameterSpec] {
        model.tensors(for: rows).map { ParameterSpec($0) }
    }

    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? {
        "an adapter is no start for the whole model"
    }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }
}
