import SearchSpaces
import Studies

/// Where a trial stands among all: complete ones by value, then those that were paused or pruned, the later the report
/// the better, then by value; last what showed no number.
struct Standing: Sendable, Comparable {
    let tier: Tier
    let iter: Int
    /// The best value so far, turned so that less is better; infinite where there is none.
    let loss: Double

    enum Tier: Int, Sendable {
        case complete, partial, worthless, running, failed

        var isWeighed: Bool { rawValue <= Tier.worthless.rawValue }
    }

    init(_ trial: Trial, goal: Goal) {
        let best = trial.best(goal)?.value ?? .nan
        let loss = goal == .minimize ? best : -best
        let isWorthless = loss.isNaN || loss == .infinity
        tier =
            switch trial.state {
            case .complete: isWorthless ? .worthless : .complete
            case .paused, .pruned: isWorthless ? .worthless : .partial
            case .running, .waiting: .running
            case .failed: .failed
            }
        iter = tier == .partial ? trial.reports.last?.iter ?? 0 : 0
        self.loss = isWorthless ? .infinity : loss
    }

    static func < (a: Standing, b: Standing) -> Bool {
        if a.tier != b.tier { return a.tier.rawValue < b.tier.rawValue }
        return a.iter != b.iter ? a.iter > b.iter : a.loss < b.loss
    }
}
