package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// Every tensor of the model: weights, biases, norms and embeddings. What comes of it is a model, not an adapter.
package struct FullTuning: TuningMethod, Hashable {
    package static let peftType = "NONE"

    package let placement = Placement(targets: .names([]))
    package let dropout = 0.0
    package static let namesInFile = "nothing"
    package let savesModel = true

    package init() {}
    package init(_ settings: TrainerSettings) {}

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] { [] }
    package func parameters(at sites: [Site]) -> [ParameterSpec] { [] }
    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? { nil }

    package func baseParameters(
        of model: any BackboneConfiguration, at sites: [Site], for rows: RowSelection
    ) throws(PlacementError) -> [ParameterSpec] {
        model.tensors(for: rows).map { ParameterSpec($0) }
    }

    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] { [:] }
    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? {
        "an adapter is no start for the whole model"
    }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }
}
