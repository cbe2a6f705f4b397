import SearchSpaces
import Studies

/// The trials that have come to a rung, in order, kept from one question to the next: a study asks whenever a worker is free, and of all its
/// trials only a few have changed since.
///
/// A pure function of the history that it was last brought up to, whatever it was brought up from.
struct RungTable: Sendable {
    /// In reports.
    private let rung: Int

    /// The trials of one bracket, by their places among the history's.
    struct Bracket: Sendable {
        /// How many have come to the rung.
        fileprivate(set) var count = 0
        /// Those that show a number there.
        fileprivate(set) var ranked = RankedTrials()
        /// Of these, those that wait there.
        fileprivate(set) var waiting = RankedTrials()
        /// Those that wait there and show no number, by place.
        fileprivate(set) var worthless: [Int32] = []
    }

    private(set) var brackets: [Bracket] = []
    private var goal = Goal.minimize
    private var mark: ChangeLog.Mark?
    private var entries: [Int32: Entry] = [:]

    /// A trial as it stands there.
    private struct Entry: Sendable {
        let merit: Merit
        let waits: Bool

        func isSame(as other: Entry) -> Bool {
            waits == other.waits && merit.violation == other.merit.violation
                && (merit.value == other.merit.value || !merit.isNumber && !other.merit.isNumber)
        }
    }

    init(rung: Int) { self.rung = rung }

    /// - Parameters:
    ///   - count: how many brackets there are.
    ///   - bracket: that of the trial at a place; nil: the rung is below all that it comes to. Always the same answer.
    mutating func update(from history: History, brackets count: Int = 1, bracket: (Int) -> Int? = { _ in 0 }) {
        defer { mark = history.changes.mark }
        let trials = history.trials
        if goal == history.goal, let places = history.changes.places(since: mark) {
            for place in places {
                guard let bracket = bracket(place) else { continue }
                replace(Int32(place), in: bracket, by: entry(of: trials[place], in: history))
            }
            return
        }
        (goal, entries) = (history.goal, [:])
        brackets = [Bracket](repeating: Bracket(), count: count)
        var ranked = [[RankedTrials.Member]](repeating: [], count: count)
        for place in trials.indices {
            guard let bracket = bracket(place), let entry = entry(of: trials[place], in: history) else { continue }
            entries[Int32(place)] = entry
            brackets[bracket].count += 1
            if entry.merit.isNumber { ranked[bracket].append(.init(merit: entry.merit, place: Int32(place))) }
            if entry.waits, !entry.merit.isNumber { brackets[bracket].worthless.append(Int32(place)) }
        }
        for bracket in brackets.indices {
            brackets[bracket].ranked = RankedTrials(ranked[bracket], by: goal)
            brackets[bracket].waiting = RankedTrials(ranked[bracket].filter { waits($0.place) }, by: goal)
        }
    }

    private func entry(of trial: Trial, in history: History) -> Entry? {
        guard trial.isEntry(ofRung: rung), !trial.reports.isEmpty else { return nil }
        return Entry(merit: history.standing(of: trial, atReport: rung), waits: trial.waits(atRung: rung))
    }

    private mutating func replace(_ place: Int32, in bracket: Int, by new: Entry?) {
        if let old = entries[place] {
            if let new, old.isSame(as: new) { return }
            remove(place, old, from: &brackets[bracket])
        }
        entries[place] = new
        if let new { insert(place, new, into: &brackets[bracket]) }
    }

    private func remove(_ place: Int32, _ entry: Entry, from bracket: inout Bracket) {
        bracket.count -= 1
        guard entry.merit.isNumber else {
            bracket.worthless.removeAll { $0 == place }
            return
        }
        bracket.ranked.remove(.init(merit: entry.merit, place: place), by: goal)
        if entry.waits { bracket.waiting.remove(.init(merit: entry.merit, place: place), by: goal) }
    }

    private func insert(_ place: Int32, _ entry: Entry, into bracket: inout Bracket) {
        bracket.count += 1
        guard entry.merit.isNumber else {
            guard entry.waits else { return }
            bracket.worthless.insert(place, at: bracket.worthless.firstIndex { $0 > place } ?? bracket.worthless.count)
            return
        }
        bracket.ranked.insert(.init(merit: entry.merit, place: place), by: goal)
        if entry.waits { bracket.waiting.insert(.init(merit: entry.merit, place: place), by: goal) }
    }

    // MARK: - Asking

    func isEntry(_ place: Int32) -> Bool { entries[place] != nil }

    func waits(_ place: Int32) -> Bool { entries[place]?.waits == true }

    /// How many show a number that beats a merit, or equal it and come before a place.
    func better(than merit: Merit, before place: Int32 = -1, in bracket: Bracket) -> Int {
        bracket.ranked.rank(of: .init(merit: merit, place: place), by: goal)
    }
}
