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
        var evidence = MemoryEvidence(space, halving: halving)
        for (place, (trial, point)) in zip(trials, points).enumerated() { _ = evidence.take(trial, at: place, point) }
        self.init(evidence)
    }

    /// nil: no trial has run out, and nothing is to be minded.
    init?(_ evidence: MemoryEvidence) {
        guard evidence.ranOut > 0 else { return nil }
        (coding, halving) = (evidence.coding, evidence.halving)
        (ranOut, hasFit, least, most) = (evidence.ranOut, evidence.hasFit, evidence.least, evidence.most)
        // The first trials tell little of the share.
        let share = Double(ranOut + 1) / Double(evidence.weighed + 20)
        threshold = min(
            max(Self.middle + Self.gain * (share - Self.wantedShare), Self.bounds.lowerBound), Self.bounds.upperBound)
        let latest = evidence.latest(Self.remembered)
        let told = latest.short.map { ($0, true) } + latest.fitting.map { ($0, false) }
        logistic = MonotoneLogistic(
            told.map { [coding] in coding.features($0.0) }, ranOut: told.map(\.1), priors: Self.priors(coding.rising))
    }

    /// A greater need is expected to run out, and by how much is left to the trials.
    private static func priors(_ rising: [Bool]) -> [MonotoneLogistic.Prior] {
        let features = rising.map {
            $0 ? MonotoneLogistic.Prior(mean: 6, sigma: 6, isRising: true) : .init(mean: 0, sigma: 3, isRising: false)
        }
        return [.init(mean: -5, sigma: 6, isRising: false)] + features
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
