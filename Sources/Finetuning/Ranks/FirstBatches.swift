import Backbones
import Checkpoints
import Layers
import Methods
import Tasks
import Tensors
import TrainerSettings

/// What a method that trains nothing gives in the first steps of a trial, summed: gradients, say.
struct FirstBatches {
    let model: TunedModel
    let weights: any BackboneWeights
    let task: any TrainingTask
    /// Laid out as the model's parameters.
    let sum: FloatStorage
    /// Steps that were looked at.
    let count: Int

    /// Steps that are looked at unless the training data have fewer.
    static let usual = 8

    /// nil when it was interrupted.
    ///
    /// - Parameter warn: gets a line where the cache fails.
    /// - Throws: an error in one line that names the file or setting and what is wrong with it, or the memory that it lacks.
    init?(
        of settings: TrainerSettings, by method: any TuningMethod, cacheFolder: String?, warn: @escaping (String) -> Void,
        isInterrupted: () -> Bool
    ) throws {
        let cache = cacheFolder.map { CacheFolder($0) }
        let kind = try TrainingTasks.task(settings.task)
        var tokenized = TokenizedData(kind, settings, cache: cache)
        let data = try TaskData(kind, settings, from: &tokenized)
        data.notes.forEach(warn)
        tokenized.save()
        let storage = WeightStorage(setting: settings.precision, cache: cache)
        weights = try Architectures.weights(of: settings.model)
        task = data.task
        let threads = settings.threads ?? ComputeThreads.count
        let planned = PlannedData(
            settings, data, written: nil, threads: threads, partTokens: weights.configuration.partTokens)
        let plan = try MemoryPlanner(settings, weights, planned, cache: cache).allowedFirstBatches(of: method)
        model = try TunedModel(
            weights, method: method, head: data.task.head, seed: settings.seedBits, initAdapter: nil,
            storage: storage, use: plan.checkpoints ? .checkpointing : .training)
        model.threads = threads
        try model.check(data, settings)
        let bins = BatchOrder.bins(settings, of: data.training)
        var order = BatchOrder(settings, of: data.training, in: bins)
        count = max(1, min(Self.usual, order.stepsPerEpoch))
        sum = FloatStorage(count: model.parameters.count)
        for step in 0..<count {
            if isInterrupted() { return nil }
            let (batch, targets) = data.training.batch(order.indices(step: step, in: bins))
            _ = try model.trainStep(batch, targets: targets, dropoutSeed: 0)
            Kernels.current.addScaled(model.parameters.gradientBase, by: 1, to: sum.base, count: sum.count)
        }
    }
}
