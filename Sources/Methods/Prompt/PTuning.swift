package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// P-tuning (Liu et al. 2021): the rows before each text come out of a small network, which is trained. An adapter has the rows alone.
package struct PTuning: PromptMethod, Hashable {
    package static let peftType = "P_TUNING"

    package let virtualTokenCount: Int
    /// Of the network's inner layers; nil: the model's.
    package var innerSize: Int?
    /// False in an adapter's: the rows are what there is.
    package private(set) var hasEncoder = true

    package init(_ settings: TrainerSettings) {
        (virtualTokenCount, innerSize) = (settings.virtualTokens, settings.encoderHiddenSize)
    }

    package init(count: Int) { (virtualTokenCount, hasEncoder) = (count, false) }

    package static let memoryAdvice = ["a smaller num_virtual_tokens", "a smaller encoder_hidden_size"]
    static let prefix = "prompt_encoder."

    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        guard hasEncoder else { return sites.map(Self.rows) }
        return sites.flatMap { PromptEncoder.parameters(at: $0, innerSize) }
    }

    package func virtualTokens(
        at sites: [Site], in layout: ParameterLayout, kernels: Kernels
    ) -> (any VirtualTokens)? {
        hasEncoder ? PromptEncoder(innerSize, at: sites, in: layout) : PromptRows(at: sites, in: layout)
    }

    package static func owns(_ tensor: String) -> Bool { tensor == name || tensor.contains("." + prefix) }

    package func exported(for model: any BackboneConfiguration, rows: RowSelection) -> any TuningMethod {
        var method = self
        method.hasEncoder = false
        return method
    }

    package func exported(
        _ parameters: TrainableParameters, at sites: [Site], without change: BaseChange?
    ) -> [SafetensorsWriter.Tensor] {
        let others = parameters.entries.filter { $0.spec.owner != .adapter }.map(parameters.tensor)
        guard hasEncoder,
            let encoder = PromptEncoder(innerSize, at: sites, in: ParameterLayout(parameters.entries.map(\.spec)))
        else { return parameters.entries.map(parameters.tensor) }
        encoder.pack(Pass(kernels: .current, parameters: UnsafePointer(parameters.base)))
        let spec = Self.rows(sites[0])
        return [
            .init(
                name: spec.name, shape: spec.shape, values: UnsafeBufferPointer(start: encoder.rows, count: spec.count),
                of: encoder)
        ] + others
    }

    package func refusal(of values: [String: SettingValue], at sites: [Site]) -> String? {
        hasEncoder
            ? "an adapter of P-tuning has the rows and not the network that made them: training cannot go on from it" : nil
    }

    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        let own: [String: SettingValue] = [
            "encoder_dropout": .double(0), "encoder_hidden_size": .int(innerSize ?? model.hiddenSize),
            "encoder_num_layers": .int(2), "encoder_reparameterization_type": .string("MLP"),
        ]
        return own.merging(promptValues(of: model)) { $1 }
    }
}
