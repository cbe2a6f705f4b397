import Glibc
package import SearchSpaces
package import Studies

/// ASHA, promotion variant (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020).
///
/// Every trial pauses at each rung. A free worker looks from the top rung down for the best entry within the top 1/eta
/// of that rung's entries that was not promoted yet; else it starts a new configuration. With several brackets, trials
/// begin at different rungs, in Hyperband's proportions, and are compared within their own bracket.
package struct AsynchronousHalving: Scheduler {
    package let rungs: EarlyTermination.Rungs
    private let milestones: [Int]
    /// The share of trials in the brackets up to each, the last 1; bracket b leaves out the b lowest rungs.
    private let shares: [Double]
    private let memory = RungMemory()

    var brackets: Int { shares.count }

    package init(_ rungs: EarlyTermination.Rungs, brackets: Int = 1) {
        self.rungs = rungs
        milestones = rungs.milestones
        let sizes = rungs.bracketSizes.prefix(max(brackets, 1)).map(Double.init)
        let total = sizes.reduce(0, +)
        shares = sizes.indices.map { sizes[...$0].reduce(0, +) / total }
    }

    package func firstMilestone(of id: Trial.ID) -> Int? {
        milestones.dropFirst(bracket(of: id)).first ?? rungs.maximum
    }

    package func decide(_ id: Trial.ID, in history: History) -> Decision {
        rungs.decide(history[id], first: firstMilestone(of: history.ordinal(of: id)))
    }

    /// The rungs below its first one are none of a trial's.
    private func bracket(of place: Int, atRung rung: Int) -> Int? {
        let bracket = bracket(of: Trial.ID(place))
        return bracket <= rung ? bracket : nil
    }

    /// By the golden ratio, so that the first trials, however many, are spread over the brackets as all are.
    package func bracket(of id: Trial.ID) -> Int {
        guard shares.count > 1 else { return 0 }
        let (_, place) = modf(Double(id.number) * 0.618_033_988_749_894_9)
        return shares.firstIndex { place < $0 } ?? shares.count - 1
    }

    package var lastMilestone: Int? { rungs.maximum }

    package func promotion(in history: History) -> Promotion? {
        tables(of: history) { tables in
            for rung in milestones.indices.reversed() {
                for bracket in 0..<min(shares.count, rung + 1) {
                    guard let place = promotable(tables[rung], bracket) else { continue }
                    return Promotion(trial: history.trials[Int(place)].id, milestone: rungs.next(after: milestones[rung]))
                }
            }
            return nil
        }
    }

    /// Who stands at which rung.
    func tables<Answer: Sendable>(of history: History, _ answer: ([RungTable]) -> Answer) -> Answer {
        memory.look(
            at: milestones,
            updating: { rung, table in
                table.update(from: history, brackets: shares.count) { bracket(of: $0, atRung: rung) }
            }, answer)
    }

    /// The best that waits, where it is among the best 1/eta of its bracket at the rung.
    ///
    /// A trial that has shown no number yet, or has diverged, is never worth more reports.
    private func promotable(_ table: RungTable, _ bracket: Int) -> Int32? {
        let entries = table.brackets[bracket]
        guard let best = entries.waiting.first else { return nil }
        let better = table.better(than: best.merit, before: best.place, in: entries)
        return better < entries.count / rungs.eta ? best.place : nil
    }
}
