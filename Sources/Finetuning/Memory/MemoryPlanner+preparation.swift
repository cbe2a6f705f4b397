import Methods
import Tensors
import TrainerSettings

/// What a trial does before its own training (``RankPreparation``), with a model that is gone by then.
extension MemoryPlanner {
    /// The greatest of it; nil: it does nothing.
    func preparation(within limit: MemoryLimit?) throws -> MemoryPlan? {
        var plans: [MemoryPlan] = []
        switch settings.rankAllocation {
        case .uniform, .eva: break
        case .probe: plans.append(try firstBatches(of: WeightGradients(settings), within: limit))
        case .cut:
            plans.append(try MemoryPlanner(settings.ofRankStart, weights, given, cache: cache).trainingPlan(within: limit))
        }
        if settings.adapterStart == .eva { plans.append(try firstBatches(of: InputMoments(settings), within: limit)) }
        return plans.max { $0.peak < $1.peak }
    }

    /// Of steps whose gradients are summed (``FirstBatches``).
    private func firstBatches(of method: any TuningMethod, within limit: MemoryLimit?) throws -> MemoryPlan {
        var steps = Steps(method, "sums over the first batches") { FloatStorage.memory(count: $0) }
        steps.isTraining = false
        return try plan(of: steps, within: limit)
    }

    /// - Throws: `InputError` where it does not fit.
    func allowedFirstBatches(of method: any TuningMethod) throws -> MemoryPlan {
        try allowed { try firstBatches(of: method, within: $0) }
    }
}
