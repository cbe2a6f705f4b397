import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Synchronization
import Tasks
import Tensors
import Tokenizers
import TrainerSettings

/// An adapter that is ready to be computed with on a ``SharedBase``: to switch to it takes nothing.
final class ServedAdapter: LayerAdapter {
    let name: AdapterName
    /// By which batches tell adapters apart.
    let number: Int32
    /// Of a classifier, in the order of its classes; [] for one that writes.
    let labels: [String]
    /// Tokens of a classifier's text, of which the rest is cut off.
    let maxLength: Int
    /// How it was trained to see conversations; nil: as the base does.
    let template: ChatTemplate?
    let head: (any AttachedHead)?
    private let values: TrainableParameters
    private let deltas: [(any LinearDelta)?]

    private static let last = Atomic<Int32>(0)

    var parameters: UnsafePointer<Float> { UnsafePointer(values.base) }
    func delta(at group: Int) -> (any LinearDelta)? { deltas[group] }

    /// - Parameters:
    ///   - path: a folder of ours or PEFT's.
    ///   - bounds: what links in it may lead to lies in this folder; nil: anywhere.
    /// - Throws: an error in one line that names the file and what is wrong with it.
    init(_ name: AdapterName, at path: String, bounds: String?, on base: SharedBase) throws {
        self.name = name
        let (trained, model) = (TrainedAdapter(path), base.backbone.configuration as any BackboneConfiguration)
        try trained.verify(isOurs: false, bounds: bounds)
        guard !trained.isModel else {
            throw InputError(place: path, problem: "is a whole model; serve it by --model")
        }
        guard let lora = try TuningMethods.method(of: AdapterFolder(path)) as? LoRAConfiguration else {
            throw InputError(
                place: trained.configurationFile,
                problem:
                    "peft_type is none that adapters on one base share: LoRA and DoRA are; merge it into the base and serve that"
            )
        }
        let configuration = try JSONInput.object(file: trained.configurationFile)
        let classifies = configuration["task_type"]?.text == ClassificationHead.peftTaskType
        guard classifies || base.writes else {
            throw InputError(
                place: trained.configurationFile,
                problem:
                    "task_type is \(configuration["task_type"] ?? .null), and the base writes no texts: expected SEQ_CLS"
            )
        }
        labels = classifies ? try trained.labels() : []
        let sites: [Site]
        do throws(PlacementError) { sites = try lora.sites(of: model, for: base.rows) } catch {
            let other = configuration["base_model_name_or_path"]?.text.map { " (it was trained on '\($0)')" } ?? ""
            throw InputError(
                place: trained.configurationFile,
                problem: "does not fit the base '\(base.path)'\(other), serve it on its own: \(error.problem)")
        }
        guard try lora.baseParameters(of: model, at: sites, for: classifies ? .pooled : base.rows).isEmpty else {
            throw InputError(
                place: trained.configurationFile,
                problem:
                    "bias and modules_to_save change the base itself, which other adapters share; merge it into the base and serve that"
            )
        }
        let head = classifies ? ClassificationHead(labels: labels) : nil
        let layout = ParameterLayout(lora.parameters(at: sites) + (head?.parameters(on: model) ?? []))
        values = TrainableParameters(layout)
        let file = try AdapterFolder(path).tensors(layout.specs, of: lora, at: sites, on: model)
        for entry in values.entries {
            let tensor = try file.tensor(lora.fileName(entry.name, on: model), shape: entry.shape)
            for (target, value) in zip(entry.range, tensor.values) { values.values[target] = value }
        }
        let kernels = base.backbone.storage.kernels
        let pass = Pass(kernels: kernels, parameters: UnsafePointer(values.base))
        deltas = base.groups.map { group in
            guard group.sites.contains(where: sites.contains) else { return nil }
            let delta = lora.delta(at: group.sites, in: layout, kernels: kernels)
            delta?.attach(to: group.linears)
            delta?.pack(pass)
            return delta
        }
        self.head = head?.attached(to: base.backbone, in: layout, kernels: kernels)
        self.head?.pack(pass)
        let settings = try trained.settings(model: base.path)
        maxLength = classifies ? min(base.positionCount, settings.maxLength) : 0
        template = try classifies ? nil : settings.chatTemplate.map { try base.tokenizer.chatTemplate(named: $0) }
        number = Self.last.add(1, ordering: .relaxed).newValue
    }
}
