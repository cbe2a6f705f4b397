package import Checkpoints
package import Layers
package import TrainerSettings

/// Tunes nothing: a model as it is.
package struct Untuned: BaseTuning {
    package static let peftType = "NONE"

    package init() {}
    package init(_ settings: TrainerSettings) {}

    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? {
        "there is no method to start with"
    }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }
}
