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

    /// nil when it was interrupted.
    ///
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    init?(
        _ settings: TrainerSettings, cacheFolder: String?, warn: @escaping (String) -> Void, isInterrupted: () -> Bool
    ) throws {
        guard let found = try Self.found(settings, cacheFolder, warn, isInterrupted) else { return nil }
        model = try TunedModel(
            found.weights, method: LoRAConfiguration(settings), head: found.head, seed: settings.seedBits, initAdapter: nil,
            storage: WeightStorage(setting: settings.precision), use: .training)
        LoRAConfiguration.put(found.directions, into: model.parameters)
        self.settings = settings
        warn("init_lora_weights eva: the inputs of \(model.sites.count) modules over \(found.batches) batches")
    }

    /// EVA's ranks (Paischer et al. 2024): as many directions as the modules have ranks in all, those first whose share of the variance of their
    /// module's inputs is the greatest. nil when it was interrupted.
    ///
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    static func ranks(
        _ settings: TrainerSettings, cacheFolder: String?, warn: @escaping (String) -> Void, isInterrupted: () -> Bool
    ) throws -> (modules: [String], ranks: [Int], batches: Int)? {
        guard
            let first = try FirstBatches(
                of: settings, by: InputMoments(settings), cacheFolder: cacheFolder, warn: warn, isInterrupted: isInterrupted)
        else { return nil }
        let sites = first.model.sites
        let most = Int((Double(settings.rank) * settings.evaRho).rounded())
        let shares = InputMoments.shares(
            of: first.sum.base, at: sites, counts: { min(most, $0.inputs, $0.outputs) }, isInterrupted: isInterrupted)
        if let shares {
            let ranks = InputMoments.ranks(by: sites.map { shares[$0.name] ?? [] }, count: settings.rank * sites.count)
            return (sites.map(\.name), ranks, first.count)
        }
        guard !isInterrupted() else { return nil }
        throw noDirections(first.count)
    }

    private static func noDirections(_ batches: Int) -> InputError {
        InputError(place: "init_lora_weights", problem: "eva finds no directions in the inputs of the first \(batches) batches")
    }

    /// What remains of the first batches, so that their model is gone before the next one is loaded.
    private struct Found {
        let weights: any BackboneWeights
        let head: any TaskHead
        let directions: [String: [Float]]
        let batches: Int
    }

    private static func found(
        _ settings: TrainerSettings, _ cacheFolder: String?, _ warn: @escaping (String) -> Void, _ isInterrupted: () -> Bool
    ) throws -> Found? {
        let (lora, head) = (LoRAConfiguration(settings), try TrainingTasks.task(settings.task).head)
        // What it refuses comes before what it cannot do.
        _ = try lora.sites(of: Architectures.configuration(of: settings.model), for: head.rows)
        guard
            let first = try FirstBatches(
                of: settings, by: InputMoments(settings), cacheFolder: cacheFolder, warn: warn, isInterrupted: isInterrupted)
        else { return nil }
        let directions = InputMoments.principal(
            first.sum.base, at: first.model.sites, ranks: lora.rank(at:), isInterrupted: isInterrupted)
        if let directions {
            return Found(weights: first.weights, head: first.task.head, directions: directions, batches: first.count)
        }
        guard !isInterrupted() else { return nil }
        throw noDirections(first.count)
    }

    func write(to folder: String) throws { try model.saveAdapter(to: folder, baseModel: settings.model) }
}
