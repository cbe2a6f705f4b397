package import Methods
import Tasks
package import TrainerSettings

/// What there is to tell of an adapter's ranks: those chosen for a budget, module by module, and the curve of quality against parameters.
package struct RankReport {
    package let ranks: AdapterRanks
    /// Parameters that adapters with the chosen ranks may have, the head not counted; nil: no such number was given.
    package let budget: Int?
    /// By rising place; none where there are no rows.
    package let curve: [RankCurve.Point]
    /// On the path.
    package let place: Int
    /// Why it is that one.
    package let reason: String

    /// - Parameter metric: of the curve, by which the place is chosen where no budget is given.
    /// - Throws: ``RankBudgetError`` for a budget that not even the smallest adapter keeps to.
    package init(
        _ ranks: AdapterRanks, budget: Int?, curve: [RankCurve.Point], metric: MetricGoal
    ) throws(RankBudgetError) {
        (self.ranks, self.budget, self.curve) = (ranks, budget, curve)
        if budget != nil {
            place = try Self.place(in: ranks, within: budget)
            reason = "the best within the budget"
        } else if let shortest = RankCurve.shortest(curve, by: metric) {
            place = max(ranks.path.first, shortest.place)
            reason =
                "the fewest parameters of the curve whose \(metric.name) is within one standard error of the whole adapter's"
        } else {
            place = max(ranks.path.first, ranks.path.place(keeping: Self.usualShare))
            reason = "the fewest parameters that keep \(Self.percent(Self.usualShare)) of the squared singular values"
        }
    }

    private static let usualShare = 0.99

    /// Where on the path a budget ends; without one, the end.
    package static func place(in ranks: AdapterRanks, within budget: Int?) throws(RankBudgetError) -> Int {
        guard let budget else { return ranks.path.stepCount }
        let least = ranks.path.first
        guard let place = ranks.path.place(within: budget), place >= least else {
            throw RankBudgetError(budget: budget, least: ranks.path.parameters(after: least))
        }
        return place
    }

    /// The chosen ranks, in the modules' order.
    package var chosen: [Int] { ranks.path.ranks(after: place) }

    static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}

/// A budget under which no adapter can be.
package struct RankBudgetError: Error, Sendable, Hashable, CustomStringConvertible {
    package let budget: Int
    package let least: Int

    package var description: String {
        "--budget \(budget): the smallest adapter that there can be has \(least) parameters; give at least so many"
    }
}

// MARK: - For programs

extension RankReport {
    /// - Parameter continues: whether the cut adapter is written, to be trained on.
    package func value(continues: Bool) -> SettingValue {
        let modules = zip(ranks.modules, chosen).map { module, rank in
            SettingValue.object([
                "module": .string(module.name), "inputs": .int(module.inputs), "outputs": .int(module.outputs),
                "trained": .int(module.rank), "rank": .int(rank), "kept": .double(module.share(rank)),
                "singular_values": .array(module.values.map(SettingValue.double)),
            ])
        }
        let points = curve.map { point in
            SettingValue.object(
                [
                    "parameters": .int(point.parameters), "mean_rank": .double(meanRank(point.place)),
                    "kept": .double(point.share),
                ].merging(point.metrics.entries.map { ($0.key, $0.value) }) { $1 })
        }
        return .object([
            "adapter": .string(ranks.folder.path), "adapter_parameters": .int(ranks.parameterCount),
            "head_parameters": .int(ranks.headParameters), "budget": budget.map { .int($0) } ?? .null,
            "parameters": .int(ranks.path.parameters(after: place)), "kept": .double(ranks.path.share(after: place)),
            "reason": .string(reason), "modules": .array(modules), "curve": .array(points),
            "settings": .object(ranks.settings(of: chosen, continues: continues)),
        ])
    }

    private func meanRank(_ place: Int) -> Double {
        Double(ranks.path.ranks(after: place).reduce(0, +)) / Double(ranks.modules.count)
    }
}

extension ModuleSpectrum {
    /// What a rank keeps of the sum of the squared singular values.
    fileprivate func share(_ rank: Int) -> Double {
        let squares = values.map { $0 * $0 }
        let total = squares.reduce(0, +)
        return total > 0 ? squares.prefix(rank).reduce(0, +) / total : 1
    }
}

// MARK: - For people

extension RankReport {
    /// The modules with the ranks that they have and get, then the curve.
    package var text: String {
        let trained = Set(ranks.modules.map(\.rank)).sorted()
        let span = trained.count > 1 ? "ranks \(trained[0]) to \(trained[trained.count - 1])" : "rank \(trained[0])"
        var lines = [
            "adapter    \(ranks.folder.path)",
            "trained    \(ranks.modules.count) modules at \(span): \(ranks.parameterCount) parameters"
                + (ranks.headParameters > 0 ? ", and \(ranks.headParameters) of the head, which are not counted below" : ""),
            "chosen     \(ranks.path.parameters(after: place)) parameters that keep \(Self.percent(ranks.path.share(after: place)))"
                + " of the squared singular values: \(reason)", "",
        ]
        let rows = zip(ranks.modules, chosen).map { module, rank in
            [
                module.name, "\(rank)", "\(module.rank)", Self.percent(module.share(rank)),
                module.values.prefix(4).map(SettingValue.short).joined(separator: " ")
                    + (module.values.count > 4 ? " ..." : ""),
            ]
        }
        lines += Self.table([["module", "rank", "trained", "kept", "singular values"]] + rows)
        guard !curve.isEmpty else { return lines.joined(separator: "\n") }
        let names = curve[0].metrics.map(\.name)
        let points = curve.map { point in
            ["\(point.parameters)", SettingValue.short(meanRank(point.place)), Self.percent(point.share)]
                + point.metrics.map {
                    SettingValue.short($0.value) + ($0.standardError.map { " ± " + SettingValue.short($0) } ?? "")
                }
                + [point.place == place ? "<- chosen" : ""]
        }
        lines.append("")
        lines += Self.table([["parameters", "mean rank", "kept"] + names + [""]] + points)
        return lines.joined(separator: "\n")
    }

    static func table(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The lines of a space file's trainer, or of a configuration, that train an adapter with these ranks.
    package func settingsText(initAdapter: String?) -> String {
        let settings = ranks.settings(of: chosen, continues: initAdapter != nil)
        var lines = ["  r: 1", "  lora_alpha: 1"]
        if let initAdapter { lines.append("  init_adapter: \(initAdapter)") }
        if settings["use_dora"] != nil { lines.append("  use_dora: true") }
        lines += ["target_modules", "rank_pattern", "alpha_pattern"].map { "  \($0): \(settings[$0] ?? .null)" }
        return lines.joined(separator: "\n")
    }
}
