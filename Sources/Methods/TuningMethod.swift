package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// What is trained on a frozen model, and how: LoRA and its like.
///
/// A method names the sites that it tunes, lists the tensors that it trains there, and gives for sites that read one input the
/// ``LinearDelta`` that computes with them. It knows no architecture and no task.
package protocol TuningMethod: Sendable {
    /// What PEFT's adapter_config.json calls it: "LORA".
    static var peftType: String { get }

    init(_ settings: TrainerSettings)

    /// Where it is put.
    var placement: Placement { get }
    /// Probability with which an entry of a site's input is dropped in training.
    var dropout: Double { get }
    /// Whether sites that read the same input each want a pass of their own.
    var isSeparate: Bool { get }

    /// The sites of a model that it tunes, in the order of computation.
    ///
    /// - Throws: `PlacementError` for what names no module or layer of the model.
    func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site]
    /// The tensors that are trained at these sites, in the order in which they lie in memory.
    func parameters(at sites: [Site]) -> [ParameterSpec]
    /// What it computes at sites that read one input; nil where it tunes none of them.
    func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)?
    /// Whether its deltas read the frozen layers of their sites.
    var readsBase: Bool { get }
    /// The same with these layers by their sites' names, where it reads them.
    func delta(
        at sites: [Site], in layout: ParameterLayout, on base: [String: FrozenLayer], kernels: Kernels
    ) -> (any LinearDelta)?

    /// Its own keys of adapter_config.json.
    func peftValues(at sites: [Site]) -> [String: SettingValue]
    /// The method as an adapter's adapter_config.json has it, for an adapter that is only computed with; nil: it cannot tell.
    static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)?
    /// Why training at these sites cannot start from an adapter with this adapter_config.json; nil: it can.
    func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String?
    /// Which tensors of an adapter are the method's own.
    static func owns(_ tensor: String) -> Bool
    /// What is damaged in an adapter of this method, told from its configuration and its tensors; nil: nothing.
    static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String?
}

extension TuningMethod {
    package var isSeparate: Bool { dropout > 0 }
    package var readsBase: Bool { false }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        try placement.sites(of: model, for: rows)
    }

    package func delta(
        at sites: [Site], in layout: ParameterLayout, on base: [String: FrozenLayer], kernels: Kernels
    ) -> (any LinearDelta)? {
        delta(at: sites, in: layout, kernels: kernels)
    }

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? { nil }

    /// What a backbone is loaded for, to be tuned at these sites.
    package func attachments(
        for rows: RowSelection, at sites: [Site], in layout: ParameterLayout, on base: [String: FrozenLayer] = [:],
        kernels: Kernels
    ) -> Attachments {
        Attachments(rows: rows, sites: sites, areSeparate: isSeparate) {
            delta(at: $0, in: layout, on: base, kernels: kernels)
        }
    }

    /// The frozen layers that its deltas read.
    package func base(_ sites: [Site], of weights: any BackboneWeights) throws(CheckpointError) -> [String: FrozenLayer] {
        var layers: [String: FrozenLayer] = [:]
        guard readsBase else { return layers }
        for site in sites { layers[site.name] = try weights.layer(site) }
        return layers
    }
}

/// The methods that there are. A new one is a folder beside LoRA, and its line here.
package enum TuningMethods {
    package static let all: [any TuningMethod.Type] = [
        LoRAConfiguration.self
    ]

    /// The one that the settings ask for.
    package static func method(_ settings: TrainerSettings) -> any TuningMethod { LoRAConfiguration(settings) }

    /// The one of an adapter that is only computed with.
    ///
    /// - Throws: `CheckpointError` naming the file and what is damaged or not known.
    package static func method(of adapter: AdapterFolder) throws(CheckpointError) -> any TuningMethod {
        let configuration = try AdapterFolder.object(adapter.configurationFile)
        let type = configuration["peft_type"] ?? .null
        guard let kind = type.text.flatMap(named) else {
            let known = all.map { $0.peftType }.joined(separator: ", ")
            throw CheckpointError(
                path: adapter.configurationFile, problem: "peft_type is \(type), which is not known (known: \(known))")
        }
        guard let method = kind.saved(as: configuration) else {
            throw CheckpointError(
                path: adapter.configurationFile,
                problem: "is damaged: r, lora_alpha, target_modules or layers_to_transform means nothing")
        }
        return method
    }

    static func named(_ peftType: String) -> (any TuningMethod.Type)? { all.first { $0.peftType == peftType } }
}
