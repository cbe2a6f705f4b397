extension TrainerSettings {
    /// How the parameters that ``rank`` gives an adapter are spread over its modules: `rank_allocation`.
    package enum RankAllocation: String, Sendable, Hashable, CaseIterable {
        /// Each module has the rank.
        case uniform
        /// In proportion to |W G|, by the gradients of the first batches.
        case probe
        /// To the directions in which modules' inputs vary most, wherever they are: EVA's ranks.
        case eva
        /// As an adapter of a high rank that is trained first has its singular values; training goes on from that, cut.
        case cut
    }

    /// What an adapter that is cut is trained with first, beside what the trial has (``RankAllocation/cut``).
    package struct RankStart: Sendable, Hashable {
        package var rank = 64
        package var learningRate = 1e-3

        package init() {}
    }

    /// PEFT's.
    static let usualRho = 2.0

    static let rankRows: [TrainerSetting] = [
        TrainerSetting(
            "rank_allocation", .method, \.rankAllocation, .word,
            "how the parameters that `r` gives are spread over the modules: evenly, by a probe of gradients, by the variance of the inputs (EVA's), or by cutting an adapter of rank `rank_start`"
        ).writtenWhereUnusual.forTypes(.lora).checked(checkAllocation),
        TrainerSetting(
            "eva_rho", .method, \.evaRho, .number(1...1000),
            "with `rank_allocation: eva`, how many times `r` a module's rank may be"
        ).writtenWhereUnusual.forTypes(.lora).checked { (settings, _) throws(TrainerSettingsError) in
            guard settings.evaRho != TrainerSettings.usualRho, settings.rankAllocation != .eva else { return }
            throw TrainerSettingsError(
                setting: "eva_rho",
                problem:
                    "is for rank_allocation eva, and that is \(settings.rankAllocation.rawValue) here; leave it out, or give that too"
            )
        },
        TrainerSetting(
            "rank_start", .method, \.rankStart.rank, .integer(1...65536),
            "with `rank_allocation: cut`, the rank of the adapter that is trained first and cut"
        ).writtenWhereUnusual.forTypes(.lora).checked { (settings, _) throws(TrainerSettingsError) in
            try checkStart("rank_start", settings, isUsual: settings.rankStart.rank == RankStart().rank)
            try settings.checkRankStart()
        },
        TrainerSetting(
            "rank_start_learning_rate", .method, \.rankStart.learningRate, .number(0...1e3),
            "the highest rate at which that adapter is trained"
        ).writtenWhereUnusual.forTypes(.lora).checked { (settings, _) throws(TrainerSettingsError) in
            let isUsual = settings.rankStart.learningRate == RankStart().learningRate
            try checkStart("rank_start_learning_rate", settings, isUsual: isUsual)
        },
    ]

    private static func checkStart(
        _ name: String, _ settings: TrainerSettings, isUsual: Bool
    ) throws(TrainerSettingsError) {
        guard !isUsual, settings.rankAllocation != .cut else { return }
        throw TrainerSettingsError(
            setting: name,
            problem:
                "is for rank_allocation cut, and that is \(settings.rankAllocation.rawValue) here; leave it out, or, where "
                + "allocations are searched, give it among the parameters with when: {rank_allocation: cut}")
    }

    /// Refuses a cut that would leave fewer parameters than the rank gives.
    package func checkRankStart() throws(TrainerSettingsError) {
        guard rankAllocation == .cut, rank > rankStart.rank, !isOnRecord else { return }
        throw TrainerSettingsError(
            setting: "rank_start",
            problem:
                "\(rankStart.rank) is less than the rank \(rank) whose parameters are spread: the adapter that is cut has no more to give. "
                + "Give a rank_start of at least \(rank), or fewer parameters (r, or rank_search's budget)")
    }

    private static func checkAllocation(
        _ settings: TrainerSettings, _ given: Set<String>
    ) throws(TrainerSettingsError) {
        guard settings.rankAllocation != .uniform else { return }
        func fail(_ problem: String) -> TrainerSettingsError {
            TrainerSettingsError(
                setting: "rank_allocation", problem: "\(settings.rankAllocation.rawValue) \(problem)")
        }
        if let pattern = given.intersection(["rank_pattern", "alpha_pattern"]).min() {
            throw fail("finds the ranks, and \(pattern) gives them; keep one of the two")
        }
        if settings.adapterStart == .orthogonal, !settings.isOnRecord {
            throw fail("finds ranks that may be odd, and init_lora_weights: orthogonal needs even ones; take another start")
        }
        if settings.rankAllocation == .eva, settings.adapterStart != .eva {
            throw fail("goes by the directions that init_lora_weights: eva starts from; give that too")
        }
        if settings.rankAllocation == .probe, given.contains("init_adapter"), !settings.isOnRecord {
            throw fail("finds the ranks, and init_adapter brings an adapter with ranks of its own; keep one of the two")
        }
        guard settings.rankAllocation == .cut else { return }
        if settings.loraAlpha == 0, !settings.isOnRecord {
            throw fail("starts from what adapters have learned, which a scale of 0 leaves out; give lora_alpha above 0")
        }
        if settings.bias != .none || !settings.savedModules.isEmpty {
            throw fail("cuts what adapters learned, and bias and modules_to_save train more than adapters; leave these out")
        }
        if given.contains("init_adapter") {
            throw fail("starts from an adapter of its own, and init_adapter names another; keep one of the two")
        }
        if settings.adapterStart != .usual {
            throw fail("starts from an adapter of its own, and init_lora_weights means nothing then; leave it out")
        }
    }
}
