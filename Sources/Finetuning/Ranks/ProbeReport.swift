package import TrainerSettings

/// What there is to tell of a probe: how much each module matters, the ranks that follow, and the layers.
package struct ProbeReport: Sendable {
    private let probe: RankProbe
    private let settings: TrainerSettings
    package let budget: Int
    /// In the probe's order of modules.
    package let ranks: [Int]

    /// - Parameters:
    ///   - settings: those that were probed.
    ///   - budget: parameters of adapters; nil: as many as the settings' rank gives.
    /// - Throws: ``RankBudgetError`` for a budget that gives no module a rank.
    package init(_ probe: RankProbe, _ settings: TrainerSettings, budget: Int?) throws(RankBudgetError) {
        (self.probe, self.settings) = (probe, settings)
        self.budget = budget ?? probe.modules.reduce(0) { $0 + settings.rank * $1.cost }
        ranks = probe.ranks(within: self.budget)
        let least = probe.modules.map(\.cost).min() ?? 0
        guard self.budget >= least else { throw RankBudgetError(budget: self.budget, least: least) }
    }

    private var parameters: Int { zip(probe.modules, ranks).reduce(0) { $0 + $1.0.cost * $1.1 } }

    /// The settings by which an adapter with these ranks is trained, at the scale that is given.
    private var trained: [String: SettingValue] {
        let kept = zip(probe.modules, ranks).filter { $0.1 > 0 }.map { ($0.0.name, $0.1) }
        let scale = settings.loraAlpha / (settings.usesRSLoRA ? Double(settings.rank).squareRoot() : Double(settings.rank))
        return [
            "r": .int(1), "lora_alpha": .int(1), "target_modules": .array(kept.map { .string($0.0) }),
            "rank_pattern": .object(Dictionary(kept.map { ($0.0, .int($0.1)) }) { first, _ in first }),
            "alpha_pattern": .object(Dictionary(kept.map { ($0.0, .double(scale * Double($0.1))) }) { first, _ in first }),
        ]
    }

    package var value: SettingValue {
        let modules = zip(probe.modules, ranks).map { module, rank in
            SettingValue.object([
                "module": .string(module.name), "inputs": .int(module.inputs), "outputs": .int(module.outputs),
                "rank": .int(rank),
                "importance": .double(module.importance), "squared_gradient": .double(module.squaredGradient),
            ])
        }
        let layers = probe.layers.map { layer, square in
            SettingValue.object(["layer": .int(layer), "squared_gradient": .double(square)])
        }
        return .object([
            "budget": .int(budget), "parameters": .int(parameters), "batches": .int(probe.batches), "modules": .array(modules),
            "layers": .array(layers), "settings": .object(trained),
        ])
    }

    package var text: String {
        let most = probe.modules.map(\.importance).max() ?? 0
        let rows = zip(probe.modules, ranks).map { module, rank in
            [module.name, "\(rank)", most > 0 ? RankReport.percent(module.importance / most) : "0 %"]
        }
        let total = probe.layers.reduce(0) { $0 + $1.squaredGradient }
        let layers = probe.layers.map { ["\($0.layer)", total > 0 ? RankReport.percent($0.squaredGradient / total) : "0 %"] }
        let head = [
            "probed     |W G| over \(probe.batches) batches of \(settings.batchSize), \(probe.modules.count) modules",
            "chosen     \(parameters) parameters of adapters, within \(budget)", "",
        ]
        let tables =
            RankReport.table([["module", "rank", "importance, of the greatest"]] + rows)
            + [""] + RankReport.table([["layer", "share of the squared gradients"]] + layers)
        return (head + tables).joined(separator: "\n")
    }

    /// The lines of a space file's trainer, or of a configuration, that train an adapter with these ranks.
    package var settingsText: String {
        let settings = trained
        return ["r", "lora_alpha", "target_modules", "rank_pattern", "alpha_pattern"].map {
            "  \($0): \(settings[$0] ?? .null)"
        }
        .joined(separator: "\n")
    }
}
