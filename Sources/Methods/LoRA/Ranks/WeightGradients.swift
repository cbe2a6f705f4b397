package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// Trains nothing: in a training step it gives the gradients that the frozen weights of its sites have, [outputs, inputs] each.
package struct WeightGradients: TuningMethod {
    package static let peftType = "NONE"

    private let lora: LoRAConfiguration
    package let dropout = 0.0

    package init(at placement: Placement) {
        var lora = LoRAConfiguration()
        lora.placement = placement
        self.lora = lora
    }
    package init(_ settings: TrainerSettings) { lora = LoRAConfiguration(settings) }

    package var placement: Placement { lora.placement }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        try lora.adaptedSites(of: model, for: rows)
    }

    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        sites.map { ParameterSpec(Self.name($0), shape: [$0.outputs, $0.inputs], owner: .adapter, start: .zero) }
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        let offsets = sites.map { layout.offset(of: Self.name($0)) }
        return offsets.contains { $0 != nil } ? WeightGradientDelta(zip(sites, offsets).map { ($0, $1) }) : nil
    }

    package static let namesInFile = "nothing"
    package func peftValues(at sites: [Site], of model: any BackboneConfiguration) -> [String: SettingValue] { [:] }
    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? { "it saves no adapter" }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }

    /// The gradient's name in the layout.
    package static func name(_ site: Site) -> String { site.name + ".weight" }
}

private final class WeightGradientDelta: LinearDelta {
    private let layers: [(site: Site, offset: Int?)]

    init(_ layers: [(site: Site, offset: Int?)]) { self.layers = layers }

    let keptWidth = 0

    /// dW = dy^T x
    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        for ((site, offset), start) in zip(layers, dy.starts) {
            guard let offset else { continue }
            let product = MatrixProduct(
                start, rowStride: 1, depthStride: dy.stride, depth: work.rows.count, plain: work.input, bStride: site.inputs)
            work.pass.kernels.multiply(
                [product], rows: site.outputs, columns: site.inputs, into: gradients + offset, stride: site.inputs)
        }
        return dy
    }
}
