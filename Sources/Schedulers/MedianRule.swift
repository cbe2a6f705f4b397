import SearchSpaces
package import Studies

/// The median stopping rule (Golovin et al., "Google Vizier", 2017): a trial stops when its best so far is worse than
/// the median of the others' best at the same report. One whose latest report is not finite counts as worse than any number.
package struct MedianRule: Scheduler {
    /// Reports that every trial may make unweighed.
    package let warmUp: Int
    /// Others that must have come as far before anything is stopped.
    package let startUpTrials: Int
    private let memory = RungMemory()

    package init(warmUp: Int = 0, startUpTrials: Int = 5) {
        self.warmUp = warmUp
        self.startUpTrials = max(startUpTrials, 1)
    }

    package func firstMilestone(of id: Trial.ID) -> Int? { nil }

    package func decide(_ id: Trial.ID, in history: History) -> Decision {
        let trial = history[id]
        guard let iter = trial.reports.last?.iter, iter > warmUp else { return .continue }
        let own = history.standing(of: trial, atReport: iter)
        let place = history.place(of: id) ?? -1
        return memory.look(
            at: [iter], updating: { $1.update(from: history) },
            { verdict(on: Int32(place), of: own, among: $0[0], by: history.goal) })
    }

    /// The median need not be known, only whether it is better: of an even number it lies between the two in the middle.
    private func verdict(on place: Int32, of own: Merit, among table: RungTable, by goal: Goal) -> Decision {
        let entries = table.brackets[0]
        let others = entries.count - (table.isEntry(place) ? 1 : 0)
        guard others >= startUpTrials else { return .continue }
        let better = table.better(than: own, in: entries)
        if 2 * better != others { return 2 * better > others ? .stop : .continue }
        let next = (better..<entries.ranked.count).lazy.map { entries.ranked[$0] }.first { $0.place != place }
        let middle = Self.middle(entries.ranked[better - 1].merit, next?.merit ?? Merit(value: .nan))
        return goal.prefers(middle, to: own) ? .stop : .continue
    }

    package func promotion(in history: History) -> Promotion? { nil }

    /// Where one of the two is no number, or the worse one breaks a constraint further, the better one is.
    private static func middle(_ better: Merit, _ worse: Merit) -> Merit {
        guard worse.isNumber, better.isNumber, worse.violation == better.violation else { return better }
        return Merit(violation: better.violation, value: better.value + (worse.value - better.value) / 2)
    }
}
