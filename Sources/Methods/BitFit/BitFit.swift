package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

/// The task's head alone, or with all biases of the model (Ben Zaken et al. 2022).
///
/// PEFT has no such method. What it loads is a LoRA adapter of rank 1 on one module that changes nothing, with PEFT's `bias: all`.
package struct BitFit: BaseTuning, Hashable {
    package static let peftType = LoRAConfiguration.peftType
    package static let namesInFile = LoRAConfiguration.namesInFile

    /// Whether the biases are trained.
    private let trainsBiases: Bool

    package init(biases: Bool) { trainsBiases = biases }
    package init(_ settings: TrainerSettings) { self.init(biases: settings.finetuningType == .bitfit) }

    package func baseParameters(
        of model: any BackboneConfiguration, at sites: [Site], for rows: RowSelection
    ) throws(PlacementError) -> [ParameterSpec] {
        guard trainsBiases else { return [] }
        guard model.tensors(for: rows).contains(where: \.isBias) else {
            throw PlacementError(
                setting: "finetuning_type",
                problem: "finetuning_type bitfit trains biases, and this \(model.modelType) has none; take lora or full")
        }
        let carrier = carrier(on: model, for: rows)
        return try carrier.baseParameters(of: model, at: carrier.sites(of: model, for: rows), for: rows)
    }

    package func exported(for model: any BackboneConfiguration, rows: RowSelection) -> any TuningMethod {
        carrier(on: model, for: rows)
    }

    private func carrier(on model: any BackboneConfiguration, for rows: RowSelection) -> LoRAConfiguration {
        let sites = model.sites(for: rows).prefix(1)
        var carrier = LoRAConfiguration(rank: 1, alpha: 1, targets: .names(sites.map(\.name)))
        carrier.bias = trainsBiases ? .all : .none
        return carrier
    }

    package func exported(
        _ parameters: TrainableParameters, at sites: [Site], without change: BaseChange?
    ) -> [SafetensorsWriter.Tensor] {
        let nothing = LoRAConfiguration(rank: 1, alpha: 1).parameters(at: sites).map {
            SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, values: [Float](repeating: 0, count: $0.count))
        }
        return nothing + parameters.entries.map(parameters.tensor)
    }

    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? {
        "an adapter is a start for finetuning_type lora alone"
    }
    package static func owns(_ tensor: String) -> Bool { LoRAConfiguration.owns(tensor) }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        LoRAConfiguration.damage(in: configuration, tensors)
    }
}
