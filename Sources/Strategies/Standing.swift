import SearchSpaces
import Studies

/// Where a trial stands among all: those with a number by their loss, then those that break a constraint, last what showed
/// no number.
struct Standing: Sendable, Comparable {
    let tier: Tier
    /// The best value so far, turned so that less is better, or what that is forecast to become; infinite where there is none,
    /// or where it breaks a constraint.
    var loss: Double
    /// The losses in the study's further metrics, by that same report.
    let others: [Double]
    /// How far it breaks the constraints.
    let violation: Double
    /// Whether it runs or is to run.
    let isRunning: Bool

    enum Tier: Int, Sendable {
        /// What breaks a constraint comes after all that keeps them, the less the better; running: nothing is known of it yet.
        case known, infeasible, worthless, running, failed
        /// It ran out of memory before it showed anything: what it would have come to is not known.
        case outOfMemory
    }

    /// Whether it has shown what it is worth, so far as it has come.
    var isWeighed: Bool { tier.rawValue <= Tier.worthless.rawValue }

    /// Whether it tells anything of a configuration's worth.
    var teaches: Bool { tier.rawValue < Tier.failed.rawValue }

    /// - Parameters:
    ///   - others: its best report's losses in the study's further metrics.
    ///   - violation: how far its best report breaks the study's constraints.
    init(_ trial: Trial, goal: Goal, others: [Double] = [], violation: Double = 0) {
        let best = trial.best(goal)?.value ?? .nan
        let loss = goal == .minimize ? best : -best
        let isWorthless = !([loss] + others).allSatisfy(\.isFinite)
        isRunning = trial.state == .running || trial.state == .waiting
        tier =
            switch trial.state {
            case .failed: .failed
            case _ where isWorthless && trial.outOfMemory != nil: .outOfMemory
            case _ where isWorthless: isRunning ? .running : .worthless
            default: violation > 0 ? .infeasible : .known
            }
        self.loss = tier == .known ? loss : .infinity
        self.others = others
        self.violation = tier == .infeasible ? violation : 0
    }

    private init(tier: Tier) {
        (self.tier, loss, others, violation, isRunning) = (tier, .infinity, [], 0, false)
    }

    /// That of a trial of which nothing is known.
    static let none = Standing(tier: .running)

    static func < (a: Standing, b: Standing) -> Bool {
        if a.tier != b.tier { return a.tier.rawValue < b.tier.rawValue }
        return a.violation != b.violation ? a.violation < b.violation : a.loss < b.loss
    }
}
