import Backbones
import Layers
import Methods
import Tasks
import Tensors
import TrainerSettings

/// An adapter that starts from the directions in which its modules' inputs vary most over the first batches, with B zero
/// (`init_lora_weights: eva`).
struct PrincipalStart {
    private let model: TunedModel
    private let settings: TrainerSettings

    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    init(_ settings: TrainerSettings, cacheFolder: String?, warn: @escaping (String) -> Void) throws {
        let first = try FirstBatches(of: settings, by: InputMoments(settings), cacheFolder: cacheFolder, warn: warn)
        let lora = LoRAConfiguration(settings)
        // What it refuses comes before what it cannot do.
        _ = try lora.sites(of: first.model.configuration, for: first.task.head.rows)
        guard let directions = InputMoments.principal(first.sum.base, at: first.model.sites, ranks: lora.rank(at:)) else {
            throw InputError(
                place: "init_lora_weights", problem: "eva finds no directions in the inputs of the first \(first.count) batches"
            )
        }
        model = try TunedModel(
            first.weights, method: lora, head: first.task.head, seed: settings.seedBits, initAdapter: nil,
            storage: WeightStorage(setting: settings.precision), use: .training)
        LoRAConfiguration.put(directions, into: model.parameters)
        self.settings = settings
        warn("init_lora_weights eva: the inputs of \(model.sites.count) modules over \(first.count) batches")
    }

    func write(to folder: String) throws { try model.saveAdapter(to: folder, baseModel: settings.model) }
}
