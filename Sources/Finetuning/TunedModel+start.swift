package import Backbones
package import Checkpoints
package import Layers
package import Methods
package import Tasks
import Tensors
import Tokenizers
package import TrainerSettings

/// The sites that a method tunes on a model, and all that is trained there with a task's head.
struct TuningPlan {
    let sites: [Site]
    let layout: ParameterLayout

    /// - Throws: `PlacementError` for a method that fits no module.
    init(_ method: any TuningMethod, _ head: any TaskHead, on model: any BackboneConfiguration) throws(PlacementError) {
        sites = try method.sites(of: model, for: head.rows)
        layout = try ParameterLayout(
            method.parameters(at: sites) + head.parameters(on: model)
                + method.baseParameters(of: model, at: sites, for: head.rows))
    }

    /// Of a method that changes the base, where that is to stay in a file's blocks.
    static let changesBlocks = PlacementError(
        setting: "init_lora_weights",
        problem:
            "init_lora_weights changes the base, which base_precision: quantized leaves as the file has it; give fp32 or bf16")
}

extension TunedModel {
    /// What a trial left, to be computed with: an adapter on its model, or a model of its own.
    ///
    /// - Parameter storage: of the frozen base; nil: as the settings say.
    package convenience init(
        trained folder: String, _ settings: TrainerSettings, head: any TaskHead, cache: CacheFolder? = nil,
        storage: WeightStorage? = nil, use: ModelUse = .training
    ) throws {
        let method = TuningMethods.method(settings)
        let (model, storage) = (
            method.savesModel ? folder : settings.model, storage ?? WeightStorage(settings, cache: cache)
        )
        let configuration: any BackboneConfiguration = try Architectures.configuration(of: model)
        // A LoRA adapter's own file tells its ranks and modules: a trial may have found them, and `autolora ranks` may have cut it.
        let saved: any TuningMethod =
            if method.savesModel { BitFit(biases: false) } else if settings.finetuningType == .lora {
                try TuningMethods.method(of: AdapterFolder(folder))
            } else { method.exported(for: configuration, rows: head.rows) }
        try self.init(
            modelFolder: model, method: saved, head: head,
            seed: settings.seedBits, initAdapter: method.savesModel ? nil : folder, storage: storage, use: use)
    }

    /// - Throws: `PlacementError` for a start that would change a base which stays in a file's blocks, and for a model that is to be
    ///   trained whole and is in no folder.
    package static func checkBase(_ settings: TrainerSettings) throws(PlacementError) {
        if TuningMethods.method(settings).savesModel, case .gguf? = try? ModelPlace(settings.model) {
            throw PlacementError(setting: "finetuning_type", problem: needsFolder)
        }
        if WeightStorage(setting: settings.precision).keepsBlocks, TuningMethods.method(settings).changesBase {
            throw TuningPlan.changesBlocks
        }
    }

    /// Checks what training starts from besides the frozen model, by the files' headers alone.
    ///
    /// - Throws: an error naming the file and the tensor, or the target module, that is wrong.
    package static func checkStart(
        _ weights: any BackboneWeights, method: any TuningMethod, head: any TaskHead, initAdapter: String?
    ) throws {
        let plan = try TuningPlan(method, head, on: weights.configuration)
        if let initAdapter {
            _ = try AdapterFolder(initAdapter).tensors(
                plan.layout.specs, of: method, at: plan.sites, on: weights.configuration)
            return
        }
        for spec in plan.layout.specs {
            guard case .checkpoint(let name, _) = spec.start else { continue }
            _ = try weights.headTensor(name, shape: spec.shape)
        }
    }

    func start(
        _ weights: any BackboneWeights, _ plan: TuningPlan, seed: UInt64, initAdapter: String?, folder: String?
    ) throws {
        if let initAdapter { return try read(AdapterFolder(initAdapter)) }
        try parameters.start(seed: seed) { name, shape, take in
            guard let tensor = try weights.headTensor(name, shape: shape) else { return false }
            withExtendedLifetime(tensor) { take(tensor.values) }
            return true
        }
        for entry in parameters.entries {
            guard let tensor = try entry.spec.tensor.map(weights.tensor) else { continue }
            withExtendedLifetime(tensor) {
                for (target, value) in zip(entry.range, tensor.values) { parameters.values[target] = value }
            }
        }
        let start = TuningStart(sites: plan.sites, layout: plan.layout, weights: weights, change: change) {
            guard let folder else { return [] }
            return try ModelTokenizer.tokenizer(of: folder).encode($0, special: true)
        }
        try method.start(parameters, from: start, seed: seed)
        // What was read of the files would count as the trial's.
        weights.releasePages()
    }

    /// Fills the parameters from the folder's tensors; the head's rows in the order that the head tells.
    ///
    /// - Throws: `CheckpointError` naming the file and what does not fit the configuration: nothing is ever left at random.
    private func read(_ folder: AdapterFolder) throws {
        let order = try head.rowOrder(in: folder.path)
        let file = try folder.tensors(parameters.entries.map(\.spec), of: method, at: sites, on: configuration)
        for entry in parameters.entries {
            let tensor = try file.tensor(method.fileName(entry.name, on: configuration), shape: entry.shape)
            guard let order, head.hasOutputRows(entry.name, on: configuration) else {
                for (target, value) in zip(entry.range, tensor.values) { parameters.values[target] = value }
                continue
            }
            let width = entry.range.count / order.count
            for (row, own) in order.enumerated() {
                for column in 0..<width {
                    parameters.values[entry.range.lowerBound + row * width + column] = tensor.values[own * width + column]
                }
            }
        }
    }
}
