package import Backbones
package import Layers
package import Tensors
package import TrainerSettings

/// A method that adds nothing to the model's layers: what it trains, if anything, are tensors of the model itself.
package protocol BaseTuning: TuningMethod {}

extension BaseTuning {
    package var placement: Placement { Placement(targets: .names([])) }
    package var dropout: Double { 0 }
    package var mergeRefusal: String? { nil }
    package static var namesInFile: String { "nothing" }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] { [] }
    package func parameters(at sites: [Site]) -> [ParameterSpec] { [] }
    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? { nil }
    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] { [:] }
}
