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
        /// Those that show a number there, the best first, equals by place.
        fileprivate(set) var ranked: [Int32] = []
        /// Of these, those that wait there.
        fileprivate(set) var waiting: [Int32] = []
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
        for place in trials.indices {
            guard let bracket = bracket(place), let entry = entry(of: trials[place], in: history) else { continue }
            entries[Int32(place)] = entry
            brackets[bracket].count += 1
            if entry.merit.isNumber { brackets[bracket].ranked.append(Int32(place)) }
            if entry.waits, !entry.merit.isNumber { brackets[bracket].worthless.append(Int32(place)) }
        }
        for bracket in brackets.indices {
            let ranked = brackets[bracket].ranked.sorted { isBetter($0, than: $1, merit(of: $1)) }
            (brackets[bracket].ranked, brackets[bracket].waiting) = (ranked, ranked.filter(waits))
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
        bracket.ranked.remove(at: rank(of: place, entry.merit, in: bracket.ranked))
        if entry.waits { bracket.waiting.remove(at: rank(of: place, entry.merit, in: bracket.waiting)) }
    }

    private func insert(_ place: Int32, _ entry: Entry, into bracket: inout Bracket) {
        bracket.count += 1
        guard entry.merit.isNumber else {
            guard entry.waits else { return }
            bracket.worthless.insert(place, at: bracket.worthless.firstIndex { $0 > place } ?? bracket.worthless.count)
            return
        }
        bracket.ranked.insert(place, at: rank(of: place, entry.merit, in: bracket.ranked))
        if entry.waits { bracket.waiting.insert(place, at: rank(of: place, entry.merit, in: bracket.waiting)) }
    }

    // MARK: - Order

    /// How many of some that are in order come before a trial; its own place among them where it is one of them.
    private func rank(of place: Int32, _ merit: Merit, in ordered: [Int32]) -> Int {
        var (first, last) = (0, ordered.count)
        while first < last {
            let middle = (first + last) / 2
            if isBetter(ordered[middle], than: place, merit) { first = middle + 1 } else { last = middle }
        }
        return first
    }

    /// Equals by place.
    private func isBetter(_ a: Int32, than b: Int32, _ merit: Merit) -> Bool {
        let own = self.merit(of: a)
        if goal.prefers(own, to: merit) { return true }
        return goal.prefers(merit, to: own) ? false : a < b
    }

    // MARK: - Asking

    /// What a trial that has come to the rung counts for there.
    func merit(of place: Int32) -> Merit { entries[place]?.merit ?? Merit(value: .nan) }

    func isEntry(_ place: Int32) -> Bool { entries[place] != nil }

    func waits(_ place: Int32) -> Bool { entries[place]?.waits == true }

    /// How many stand before a trial.
    func rank(of place: Int32, in bracket: Bracket) -> Int { rank(of: place, merit(of: place), in: bracket.ranked) }

    /// How many show a number that beats a merit.
    func better(than merit: Merit, in bracket: Bracket) -> Int { rank(of: -1, merit, in: bracket.ranked) }
}
