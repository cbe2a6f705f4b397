package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// What is trained of a model and on it, and how: LoRA and its like.
///
/// A method names the sites that it tunes, lists the tensors that it trains there, and gives for sites that read one input the
/// ``LinearDelta`` that computes with them. It knows no architecture and no task.
package protocol TuningMethod: Sendable {
    /// What PEFT's adapter_config.json calls it: "LORA".
    static var peftType: String { get }

    init(_ settings: TrainerSettings)

    /// Where it is put.
    var placement: Placement { get }
    /// The same with what it tunes on a model where nothing is said.
    func placement(on model: any BackboneConfiguration) -> Placement
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
    /// Whether the gradient of a site's input is wanted for what it trains there.
    func readsInputGradient(at site: Site) -> Bool
    /// The model's own tensors that it trains, whose files have the first values; an adapter's file has them under the specs' names.
    ///
    /// - Throws: `PlacementError` where the model has none of these.
    func baseParameters(
        of model: any BackboneConfiguration, at sites: [Site], for rows: RowSelection
    ) throws(PlacementError) -> [ParameterSpec]
    /// What it computes at sites that read one input; nil where it tunes none of them.
    func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)?

    /// What it puts behind the block that ends with a site, which reads the sum of the block and of what goes around it; nil: nothing.
    func insertion(behind site: Site, in layout: ParameterLayout, kernels: Kernels) -> (any LayerInsertion)?
    /// The trained rows that stand before each text, where it has any; nil: texts stay as they are.
    func virtualTokens(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any VirtualTokens)?
    /// How many these are.
    var virtualTokenCount: Int { get }

    /// What it takes away from the frozen layers of its sites before training, told from these; nil: nothing.
    ///
    /// - Throws: an error that names what is missing or damaged.
    func change(at sites: [Site], of weights: any BackboneWeights, seed: UInt64) throws -> BaseChange?
    /// Whether it takes anything away.
    var changesBase: Bool { get }
    /// Sets those values of a fresh adapter that start otherwise than ``ParameterSpec/start`` says: out of the frozen layers, or several
    /// together. The others are there already.
    func start(_ parameters: TrainableParameters, from start: TuningStart, seed: UInt64) throws
    /// What is done to the gradients of all that is trained before the optimizer's step; nil: nothing.
    func projection(of parameters: TrainableParameters, at sites: [Site]) -> GradientProjection?
    /// What its start takes.
    func startMemory(at sites: [Site], threads: Int) -> StartMemory
    /// Changes of its own settings by which training takes less memory, for people: "a smaller r".
    static var memoryAdvice: [String] { get }

    /// Whether the model's own tensors that it trains are copies (``Attachments/savesCopies``).
    var savesCopies: Bool { get }
    /// Whether the whole model is saved in place of an adapter.
    var savesModel: Bool { get }
    /// Why no layer of the model can do by itself what is tuned on it; nil: all can.
    var mergeRefusal: String? { get }
    /// Makes what is tuned at a site a part of the frozen layer.
    func merge(_ parameters: TrainableParameters, into layer: MergedLayer)
    /// The method that a saved adapter of it has, for the model as its files have it.
    func exported(for model: any BackboneConfiguration, rows: RowSelection) -> any TuningMethod
    /// Its tensors as a saved adapter has them.
    ///
    /// - Parameter sites: of the method that the adapter has.
    func exported(
        _ parameters: TrainableParameters, at sites: [Site], without change: BaseChange?
    ) -> [SafetensorsWriter.Tensor]
    /// The keys of adapter_config.json that are its own, as a saved adapter has them, and those that say where it is put.
    func peftValues(at sites: [Site], of model: any BackboneConfiguration) throws(PlacementError) -> [String: SettingValue]
    /// The method as an adapter's adapter_config.json has it, for an adapter that is only computed with; nil: it cannot tell.
    static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)?
    /// Why training at these sites cannot start from an adapter with this adapter_config.json; nil: it can.
    func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String?
    /// What of adapter_config.json ``saved(as:)`` goes by, for people: "r, lora_alpha or target_modules".
    static var namesInFile: String { get }
    /// What an adapter's file calls a tensor with this whole name.
    func fileName(_ tensor: String, on model: any BackboneConfiguration) -> String
    /// In which files an adapter of it stands.
    static var files: AdapterFiles { get }
    /// Whether adapter_config.json names modules that are saved whole: PEFT finds the head by itself where it does not.
    static var namesSavedModules: Bool { get }
    /// What it puts beside them.
    ///
    /// - Parameters:
    ///   - labels: of a classifier's head.
    ///   - base: what stands in the files as the model.
    func files(of model: any BackboneConfiguration, labels: [String], base: String) -> [FolderFile]
    /// Which tensors of an adapter are the method's own, by their names in its file.
    static func owns(_ tensor: String) -> Bool
    /// What is damaged in an adapter of this method, told from its configuration and its tensors; nil: nothing.
    static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String?
}

extension TuningMethod {
    package var isSeparate: Bool { dropout > 0 }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        try placement(on: model).sites(of: model, for: rows)
    }

    package func placement(on model: any BackboneConfiguration) -> Placement { placement }

    package func readsInputGradient(at site: Site) -> Bool { false }
    package func insertion(behind site: Site, in layout: ParameterLayout, kernels: Kernels) -> (any LayerInsertion)? { nil }
    package var virtualTokenCount: Int { 0 }
    package func virtualTokens(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any VirtualTokens)? { nil }
    package func fileName(_ tensor: String, on model: any BackboneConfiguration) -> String { tensor }
    package static var files: AdapterFiles { .peft }
    package static var namesSavedModules: Bool { true }
    package func files(of model: any BackboneConfiguration, labels: [String], base: String) -> [FolderFile] { [] }
    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? { nil }

    package var changesBase: Bool { false }
    package func change(at sites: [Site], of weights: any BackboneWeights, seed: UInt64) throws -> BaseChange? { nil }
    package func start(_ parameters: TrainableParameters, from start: TuningStart, seed: UInt64) throws {}
    package func projection(of parameters: TrainableParameters, at sites: [Site]) -> GradientProjection? { nil }
    package func startMemory(at sites: [Site], threads: Int) -> StartMemory { StartMemory() }
    package static var memoryAdvice: [String] { [] }
    package var savesCopies: Bool { false }
    package var savesModel: Bool { false }
    package var mergeRefusal: String? { "adds to the model what none of its layers can hold" }
    package func merge(_ parameters: TrainableParameters, into layer: MergedLayer) {}
    package func exported(for model: any BackboneConfiguration, rows: RowSelection) -> any TuningMethod { self }

    package func baseParameters(
        of model: any BackboneConfiguration, at sites: [Site], for rows: RowSelection
    ) throws(PlacementError) -> [ParameterSpec] { [] }

    package func exported(
        _ parameters: TrainableParameters, at sites: [Site], without change: BaseChange?
    ) -> [SafetensorsWriter.Tensor] {
        parameters.entries.map(parameters.tensor)
    }

    /// What a backbone is loaded for, to be tuned at these sites. Where the method changes the base, the caller puts in what it takes away.
    package func attachments(
        for rows: RowSelection, at sites: [Site], in layout: ParameterLayout, kernels: Kernels
    ) -> Attachments {
        var attachments = Attachments(
            rows: rows, sites: sites, areSeparate: isSeparate, trained: TrainedTensors(layout)
        ) {
            delta(at: $0, in: layout, kernels: kernels)
        }
        attachments.savesCopies = savesCopies
        if changesBase { attachments.change = .planned }
        attachments.insert = { sites.contains($0) ? insertion(behind: $0, in: layout, kernels: kernels) : nil }
        attachments.passing = sites.filter(readsInputGradient)
        attachments.virtualTokens = virtualTokens(at: sites, in: layout, kernels: kernels)
        return attachments
    }
}

/// The methods that have a type of their own among PEFT's. A new one is a folder beside LoRA, and its line here.
package enum TuningMethods {
    package static let all: [any TuningMethod.Type] = [
        LoRAConfiguration.self, IA3Configuration.self, MissConfiguration.self, PromptTuning.self, PTuning.self,
        BottleneckConfiguration.self,
    ]

    /// The one that the settings ask for.
    package static func method(_ settings: TrainerSettings) -> any TuningMethod {
        switch settings.finetuningType {
        case .lora: LoRAConfiguration(settings)
        case .ia3: IA3Configuration(settings)
        case .miss: MissConfiguration(settings)
        case .head: BitFit(biases: false)
        case .bitfit: BitFit(biases: true)
        case .full: FullTuning()
        case .promptTuning: PromptTuning(settings)
        case .pTuning: PTuning(settings)
        case .bottleneck: BottleneckConfiguration(settings)
        }
    }

    /// The one of an adapter that is only computed with.
    ///
    /// - Throws: `CheckpointError` naming the file and what is damaged or not known.
    package static func method(of adapter: AdapterFolder) throws(CheckpointError) -> any TuningMethod {
        let configuration = try AdapterFolder.object(adapter.configurationFile)
        let type = AdapterFolder.kind(in: configuration)
        guard let kind = type.text.flatMap(named) else {
            let known = all.map { $0.peftType }.joined(separator: ", ")
            throw CheckpointError(
                path: adapter.configurationFile, problem: "peft_type is \(type), which is not known (known: \(known))")
        }
        guard let method = kind.saved(as: configuration) else {
            throw CheckpointError(
                path: adapter.configurationFile,
                problem: "is damaged: \(kind.namesInFile) means nothing")
        }
        return method
    }

    static func named(_ peftType: String) -> (any TuningMethod.Type)? { all.first { $0.peftType == peftType } }
}

extension TrainableParameters {
    /// A tensor for a file, whose numbers stay where they are.
    func tensor(_ entry: Entry) -> SafetensorsWriter.Tensor {
        .init(name: entry.name, shape: entry.shape, values: UnsafeBufferPointer(rebasing: values[entry.range]), of: self)
    }
}
