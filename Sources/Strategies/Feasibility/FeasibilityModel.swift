import Glibc
import SearchSpaces
import Studies

/// What a study's trials tell of the memory that there is: which configurations run out of it for certain, which fit for certain, and how
/// likely the others are to fit.
///
/// More of what drives memory never needs less, so what needs at least as much as a trial that ran out is refused. Between that and
/// what is known to fit a ``MonotoneLogistic`` tells the probability. A pure function of the history.
struct FeasibilityModel: Sendable {
    /// How sure a strategy has to be of what it proposes.
    enum Caution: Sendable {
        /// It may run out for certain.
        case none
        /// It may run out, and nothing says that it will.
        case possible
        /// More likely to fit than ``FeasibilityModel/threshold``.
        case likely
    }

    /// Trials that ran out.
    let ranOut: Int
    /// Whether any trial fits.
    let hasFit: Bool
    /// A configuration is proposed where it fits with this probability: the more trials have run out, the greater. So the border is
    /// looked for where few have, and left alone where many have.
    let threshold: Double
    private let coding: MemoryCoding
    private let halving: BatchHalving?
    /// The least that ran out and the most that fit.
    private let least: [MemoryNeed]
    private let most: [MemoryNeed]
    private let logistic: MonotoneLogistic

    /// The share of trials that may run out, and how much the threshold moves with it.
    private static let (wantedShare, gain, middle, bounds) = (0.08, 10.0, 0.5, 0.2...0.95)
    /// Trials of each kind that the probability is learned from: the latest.
    private static let remembered = 300

    /// nil: no trial has run out, and nothing is to be minded.
    ///
    /// - Parameter halving: nil: batches stay as they are.
    init?(_ trials: [Trial], points: [Point], space: SearchSpace, halving: BatchHalving?) {
        guard trials.contains(where: { $0.outOfMemory != nil || $0.halvings > 0 }) else { return nil }
        let coding = MemoryCoding(space, batch: halving?.name)
        var (short, fitting): ([MemoryNeed], [MemoryNeed]) = ([], [])
        var (ranOut, weighed) = (0, 0)
        for (trial, point) in zip(trials, points) {
            let own = coding.need(point, halvings: trial.halvings)
            // Each batch that was halved had run out.
            for halvings in 0..<trial.halvings { short.append(coding.need(point, halvings: halvings)) }
            if trial.outOfMemory != nil {
                short.append(own)
            } else if trial.state != .failed, !trial.reports.isEmpty {
                fitting.append(own)
            }
            if trial.outOfMemory != nil || trial.halvings > 0 { ranOut += 1 }
            if trial.outOfMemory != nil || trial.halvings > 0 || !trial.reports.isEmpty { weighed += 1 }
        }
        // What needs no more than a trial that fits ran out for another reason: a neighbor had taken the memory.
        let most = Self.outermost(fitting) { coding.covers($0, $1) }
        least = Self.outermost(short.filter { need in !most.contains { coding.covers($0, need) } }) { coding.covers($1, $0) }
        (self.ranOut, self.most, self.coding, self.halving, hasFit) = (ranOut, most, coding, halving, !fitting.isEmpty)
        // The first trials tell little of the share.
        let share = Double(ranOut + 1) / Double(weighed + 20)
        threshold = min(
            max(Self.middle + Self.gain * (share - Self.wantedShare), Self.bounds.lowerBound), Self.bounds.upperBound)
        let told = short.suffix(Self.remembered).map { ($0, true) } + fitting.suffix(Self.remembered).map { ($0, false) }
        logistic = MonotoneLogistic(
            told.map { coding.features($0.0) }, ranOut: told.map(\.1), priors: Self.priors(coding.rising))
    }

    /// A greater need is expected to run out, and by how much is left to the trials.
    private static func priors(_ rising: [Bool]) -> [MonotoneLogistic.Prior] {
        let features = rising.map {
            $0 ? MonotoneLogistic.Prior(mean: 6, sigma: 6, isRising: true) : .init(mean: 0, sigma: 3, isRising: false)
        }
        return [.init(mean: -5, sigma: 6, isRising: false)] + features
    }

    /// Those that none of the others is beyond, equals once.
    private static func outermost(_ needs: [MemoryNeed], _ isBeyond: (MemoryNeed, MemoryNeed) -> Bool) -> [MemoryNeed] {
        var kept: [MemoryNeed] = []
        for need in needs where !kept.contains(where: { isBeyond($0, need) }) {
            kept.removeAll { isBeyond(need, $0) }
            kept.append(need)
        }
        return kept
    }

    // MARK: - Asking

    func allows(_ point: Point, _ caution: Caution) -> Bool {
        switch caution {
        case .none: true
        case .possible: !runsOut(point)
        case .likely: !runsOut(point) && probability(of: point) >= threshold
        }
    }

    /// Whether it runs out for certain, also with the least batch that it can be launched with.
    func runsOut(_ point: Point) -> Bool { runsOut(need(point)) }

    /// The probability that it fits, with the least batch that it can be launched with.
    func probability(of point: Point) -> Double {
        let need = need(point)
        if fits(need) { return 1 }
        return likelihood(need)
    }

    /// The logarithm of that probability, without the certainties: it changes evenly from place to place.
    func logLikelihood(of point: Point) -> Double { log(max(likelihood(need(point)), 1e-12)) }

    /// How often its batch has to be halved before it no longer runs out for certain.
    func halvings(of point: Point) -> Int {
        guard let halving else { return 0 }
        let most = halving.most(of: point)
        return (0...most).first { !runsOut(coding.need(point, halvings: $0)) } ?? most
    }

    private func need(_ point: Point) -> MemoryNeed { coding.need(point, halvings: halving?.most(of: point) ?? 0) }

    private func fits(_ need: MemoryNeed) -> Bool { most.contains { coding.covers($0, need) } }

    private func runsOut(_ need: MemoryNeed) -> Bool {
        least.contains { coding.covers(need, $0) } && !fits(need)
    }

    private func likelihood(_ need: MemoryNeed) -> Double { logistic.fit(coding.features(need)) }
}

/// How batches are halved in a study whose trials run out of memory.
struct BatchHalving: Sendable {
    let name: String
    /// How often a configuration's batch can be.
    let most: @Sendable (Assignment) -> Int
    private let coding: PointCoding

    /// nil: they are not.
    init?(_ specification: StudySpecification) {
        guard specification.supervision.onOutOfMemory == .halveBatch, let settings = specification.batchSettings else {
            return nil
        }
        name = settings.batch
        most = { settings.halvings($0, in: specification) }
        coding = PointCoding(specification.space)
    }

    func most(of point: Point) -> Int { most(coding.assignment(of: point)) }
}
