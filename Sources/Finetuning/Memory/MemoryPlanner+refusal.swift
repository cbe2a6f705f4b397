import Methods
import Tasks
import TrainerSettings

extension MemoryPlanner {
    /// The plan of a trial that fits.
    ///
    /// - Throws: ``InputError`` with the numbers and with what would fit, where it does not.
    func allowedPlan() throws -> MemoryPlan { try allowed { try plan(within: $0) } }

    /// - Throws: ``InputError`` where the plan does not fit the memory that the trial may take.
    func allowed(_ make: (MemoryLimit?) throws -> MemoryPlan) throws -> MemoryPlan {
        let limit = MemoryLimit(settings)
        let plan = try make(limit)
        guard let limit, !limit.allows(plan) else { return plan }
        throw InputError(place: settings.memoryCap == nil ? "memory" : "memory_cap", problem: refusal(of: plan, limit))
    }

    /// Why a trial is not launched, and what to change.
    ///
    /// - Parameter plan: one that the limit does not allow.
    package func refusal(of plan: MemoryPlan, _ limit: MemoryLimit) -> String {
        let need = "the trial would take about \(plan.text) at its peak, and \(limit.words); "
        let remedies = remedies(plan, limit)
        guard !remedies.isEmpty else {
            let changes =
                ["a smaller batch_size", "a smaller max_length"] + type(of: method).memoryAdvice + ["fewer threads"]
                + (plan.checkpoints ? [] : ["gradient_checkpointing: true"])
                + (canStayQuantized ? ["base_precision: quantized"] : [])
            return need + "no one change makes it fit: give several of \(changes.joined(separator: ", ")), or a smaller model"
        }
        return need + "what would fit: "
            + remedies.map { "\($0.change) (about \($0.plan.peakText))" }.joined(separator: ", or ")
    }

    /// Single changes with which it fits.
    private func remedies(_ plan: MemoryPlan, _ limit: MemoryLimit) -> [(change: String, plan: MemoryPlan)] {
        var found: [(change: String, plan: MemoryPlan)] = []
        func consider(_ change: String, _ make: (inout TrainerSettings) -> Void) -> Bool {
            var other = settings
            make(&other)
            // What the method cannot have is no remedy.
            guard let plan = try? with(other).plan(within: limit), limit.allows(plan) else { return false }
            found.append((change, plan))
            return true
        }
        if !plan.checkpoints { _ = consider("gradient_checkpointing: true") { $0.gradientCheckpointing = .on } }
        func halve(
            _ name: String, _ amount: Int, atLeast least: Int = 1, _ make: (inout TrainerSettings, Int) -> Void
        ) {
            var less = amount / 2
            while less >= least, !consider("\(name): \(less)", { make(&$0, less) }) { less /= 2 }
        }
        // Batches are computed in parts: only one that is smaller than its parts takes less.
        halve("batch_size", settings.batchSize) { ($0.batchSize, $0.evalBatchSize) = ($1, min($1, $0.evalBatchSize ?? $1)) }
        if settings.initAdapter == nil, [.lora, .miss].contains(settings.finetuningType) {
            halve("r", settings.rank) { $0.rank = $1 }
        }
        if settings.rankAllocation == .cut {
            halve("rank_start", settings.rankStart.rank, atLeast: settings.rank) { $0.rankStart.rank = $1 }
        }
        if settings.rankAllocation != .uniform {
            _ = consider("rank_allocation: uniform") { $0.rankAllocation = .uniform }
        }
        if settings.adapterStart == .eva { _ = consider("init_lora_weights: true") { $0.adapterStart = .usual } }
        halve("threads", threads) { $0.threads = $1 }
        if method.savesModel { _ = consider("finetuning_type: lora") { $0.finetuningType = .lora } }
        if canStayQuantized {
            _ = consider("base_precision: quantized") { $0.precision = .quantized }
        }
        return found
    }
}
