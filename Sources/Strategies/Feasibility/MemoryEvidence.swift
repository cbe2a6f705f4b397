import SearchSpaces
import Studies

/// What a study's trials tell of the memory that there is, taken in as they come to it: what follows from all of them is kept, so that one
/// more is not held against each of the others.
///
/// A pure function of the trials as they are now, but for the order of ``least`` and ``most``.
struct MemoryEvidence: Sendable {
    /// What counts of a trial.
    struct Outcome: Sendable, Hashable {
        let ranOut: Bool
        let halvings: Int
        let hasReported: Bool
        let hasFailed: Bool

        fileprivate static let none = Outcome(Trial(id: Trial.ID(0), assignment: [:]))

        init(_ trial: Trial) {
            (ranOut, halvings) = (trial.outOfMemory != nil, trial.halvings)
            (hasReported, hasFailed) = (!trial.reports.isEmpty, trial.state == .failed)
        }

        var wasShort: Bool { ranOut || halvings > 0 }
        fileprivate var fits: Bool { !ranOut && !hasFailed && hasReported }
        fileprivate var isWeighed: Bool { wasShort || hasReported }
    }

    let coding: MemoryCoding
    /// nil: batches stay as they are.
    let halving: BatchHalving?
    /// By trial.
    private var outcomes: [Outcome] = []
    private var points: [Point] = []
    /// Trials by rising number.
    private var short: [Int] = []
    private var fitting: [Int] = []
    /// Those that ran out or reported.
    private(set) var weighed = 0
    /// The most that fit.
    private(set) var most: [MemoryNeed] = []
    /// The least that ran out for want of memory: what needs no more than a trial that fits ran out for another reason, as a neighbor had
    /// taken the memory.
    private(set) var least: [MemoryNeed] = []
    /// All that ran out so.
    private var credible: [MemoryNeed] = []

    init(_ space: SearchSpace, halving: BatchHalving?) {
        (coding, self.halving) = (MemoryCoding(space, batch: halving?.name), halving)
    }

    /// Trials that ran out.
    var ranOut: Int { short.count }
    var hasFit: Bool { !fitting.isEmpty }

    /// Takes a trial as it is now.
    ///
    /// - Returns: whether that tells anything new.
    mutating func take(_ trial: Trial, at place: Int, _ point: Point) -> Bool {
        if place == outcomes.count {
            outcomes.append(.none)
            points.append(point)
        }
        let (old, new) = (outcomes[place], Outcome(trial))
        guard new != old, new.isWeighed || old.isWeighed else { return false }
        outcomes[place] = new
        let wasShort = !short.isEmpty
        forget(place, old)
        note(place, new)
        // As long as no trial has run out, none is held against the others.
        guard !short.isEmpty else { return true }
        let (before, now) = (shortages(old, point), shortages(new, point))
        if wasShort, !old.fits, now.starts(with: before) {
            add(Array(now.dropFirst(before.count)), new.fits ? need(new, point) : nil)
        } else {
            rebuild()
        }
        return true
    }

    private mutating func note(_ place: Int, _ outcome: Outcome) {
        if outcome.isWeighed { weighed += 1 }
        if outcome.wasShort { Self.insert(place, into: &short) }
        if outcome.fits { Self.insert(place, into: &fitting) }
    }

    private mutating func forget(_ place: Int, _ outcome: Outcome) {
        if outcome.isWeighed { weighed -= 1 }
        if outcome.wasShort { short.remove(at: Self.rank(of: place, in: short)) }
        if outcome.fits { fitting.remove(at: Self.rank(of: place, in: fitting)) }
    }

    private func need(_ outcome: Outcome, _ point: Point) -> MemoryNeed { coding.need(point, halvings: outcome.halvings) }

    /// What a trial has run out with: each batch that was halved had.
    private func shortages(_ outcome: Outcome, _ point: Point) -> [MemoryNeed] {
        (0..<outcome.halvings + (outcome.ranOut ? 1 : 0)).map { coding.need(point, halvings: $0) }
    }

    // MARK: - What follows from all

    private mutating func rebuild() {
        (most, least, credible) = ([], [], [])
        for place in fitting { add([], need(outcomes[place], points[place])) }
        for place in short { add(shortages(outcomes[place], points[place]), nil) }
    }

    private mutating func add(_ shortages: [MemoryNeed], _ fit: MemoryNeed?) {
        if let fit, !most.contains(where: { coding.covers($0, fit) }) {
            most.removeAll { coding.covers(fit, $0) }
            most.append(fit)
            let count = credible.count
            credible.removeAll { coding.covers(fit, $0) }
            if credible.count < count {
                least = []
                for need in credible { addLeast(need) }
            }
        }
        for need in shortages where !most.contains(where: { coding.covers($0, need) }) {
            credible.append(need)
            addLeast(need)
        }
    }

    private mutating func addLeast(_ need: MemoryNeed) {
        guard !least.contains(where: { coding.covers(need, $0) }) else { return }
        least.removeAll { coding.covers($0, need) }
        least.append(need)
    }

    /// The latest that ran out and the latest that fit, so many of each, by rising number.
    func latest(_ count: Int) -> (short: [MemoryNeed], fitting: [MemoryNeed]) {
        var told: [MemoryNeed] = []
        for place in short.reversed() where told.count < count {
            told += shortages(outcomes[place], points[place]).reversed()
        }
        return (
            told.prefix(count).reversed(), fitting.suffix(count).map { need(outcomes[$0], points[$0]) }
        )
    }

    // MARK: - Rising numbers

    private static func insert(_ place: Int, into rising: inout [Int]) { rising.insert(place, at: rank(of: place, in: rising)) }

    private static func rank(of place: Int, in rising: [Int]) -> Int {
        var (first, last) = (0, rising.count)
        while first < last {
            let middle = (first + last) / 2
            if rising[middle] < place { first = middle + 1 } else { last = middle }
        }
        return first
    }
}
