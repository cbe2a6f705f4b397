import SearchSpaces
import Studies

/// Where a trial stands among all: complete ones by value, then those that were paused or pruned, the later the report
/// the better, then by value; last what showed no number.
struct Standing: Sendable, Comparable {
    let tier: Tier
    let iter: Int
    /// The best value so far, turned so that less is better; infinite where there is none, or where it breaks a constraint.
    let loss: Double
    /// How far it breaks the constraints.
    let violation: Double

    enum Tier: Int, Sendable {
        /// What breaks a constraint comes after all that keeps them, the less the better.
        case complete, partial, infeasible, worthless, running, failed

        var isWeighed: Bool { rawValue <= Tier.worthless.rawValue }
    }

    /// - Parameter violation: how far its best report breaks the study's constraints.
    init(_ trial: Trial, goal: Goal, violation: Double = 0) {
        let best = trial.best(goal)?.value ?? .nan
        let loss = goal == .minimize ? best : -best
        let isWorthless = loss.isNaN || loss == .infinity
        tier =
            switch trial.state {
            case .complete: isWorthless ? .worthless : violation > 0 ? .infeasible : .complete
            case .paused, .pruned: isWorthless ? .worthless : violation > 0 ? .infeasible : .partial
            case .running, .waiting: .running
            case .failed: .failed
            }
        iter = tier == .partial ? trial.reports.last?.iter ?? 0 : 0
        self.loss = isWorthless || tier == .infeasible ? .infinity : loss
        self.violation = tier == .infeasible ? violation : 0
    }

    static func < (a: Standing, b: Standing) -> Bool {
        if a.tier != b.tier { return a.tier.rawValue < b.tier.rawValue }
        if a.iter != b.iter { return a.iter > b.iter }
        return a.violation != b.violation ? a.violation < b.violation : a.loss < b.loss
    }
}
