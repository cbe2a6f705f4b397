package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// Tunes nothing: a model as it is.
package struct Untuned: TuningMethod {
    package static let peftType = "NONE"

    package let placement = Placement(targets: .allLinear)
    package let dropout = 0.0

    package init() {}
    package init(_ settings: TrainerSettings) {}

    package func parameters(at sites: [Site]) -> [ParameterSpec] { [] }
    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? { nil }
    package static let namesInFile = "nothing"
    package func peftValues(at sites: [Site], of model: any BackboneConfiguration) -> [String: SettingValue] { [:] }
    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? {
        "there is no method to start with"
    }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }
}
