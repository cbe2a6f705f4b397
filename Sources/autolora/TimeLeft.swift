import Schedulers
import SearchSpaces
import Studies

/// How a study stood when this run of it began.
struct RunStart: Sendable {
    /// By trial number.
    var reports: [Int] = []
    /// Of all runs before.
    var seconds = 0.0
}

/// How long the rest of a study takes: the work that `check` expects, less what is done, by the pace of this run.
///
/// Work is counted in steps where the space file tells them, else in reports.
struct TimeLeft: Sendable {
    private let specification: StudySpecification
    private let cost: TrialCost
    private let before: Int
    private var plan: ResourcePlan?
    /// Reports of the longest trial that has ended by itself, where that is less than was planned.
    private var length: Int?

    init(_ specification: StudySpecification, start: RunStart) {
        self.specification = specification
        let cost = TrialCost(specification)
        self.cost = cost
        before = start.reports.reduce(0) { $0 + Self.work($1, cost) }
        plan = ResourcePlan(specification.earlyTermination, runCap: specification.trialCount, reports: cost.reports)
    }

    private static func work(_ reports: Int, _ cost: TrialCost) -> Int { cost.steps(atReport: reports) ?? reports }

    private func work(_ reports: Int) -> Int { Self.work(reports, cost) }

    /// A program that ends before the last rung makes every trial shorter than was planned.
    mutating func note(_ trial: Trial) {
        guard trial.state == .complete, cost.reports == nil, trial.iter > length ?? 0 else { return }
        let last = specification.earlyTermination.rungs?.maximum ?? .max
        guard trial.iter < last || length != nil else { return }
        length = min(trial.iter, last)
        plan = ResourcePlan(specification.earlyTermination, runCap: specification.trialCount, reports: length)
    }

    /// nil: nothing is left, or nothing tells yet.
    ///
    /// - Parameter time: since the run began.
    func estimate(_ history: History, at time: Duration) -> Duration? {
        let done = history.trials.reduce(0) { $0 + work($1.iter) }
        let made = done - before
        let reports = history.trials.reduce(0) { $0 + $1.iter }
        guard made > 0, reports >= 2, let rest = rest(history, done: done), rest > 0 else { return nil }
        let left = time * (Double(rest) / Double(made))
        guard let cap = specification.timeCap else { return left }
        return min(left, max(.zero, .seconds(cap) - time))
    }

    private func rest(_ history: History, done: Int) -> Int? {
        let running = history.trials.filter { $0.state == .running }
        let ahead = running.reduce(0) { sum, trial in
            sum + max(0, work(trial.nextStop ?? plan?.rungs.last?.reports ?? trial.iter) - work(trial.iter))
        }
        guard let expected = expected(history) else { return nil }
        return max(expected - done, ahead)
    }

    /// The whole study's work, without what failed trials leave undone.
    private func expected(_ history: History) -> Int? {
        let count = max(specification.trialCount, history.trials.count)
        if let plan {
            let whole = plan.total(work)
            let mean = whole / max(1, specification.trialCount)
            let undone = history.trials.reduce(0) { $0 + ($1.isOut ? max(0, mean - work($1.iter)) : 0) }
            return whole - undone
        }
        // Where a trial ends is not known: as far as the others came.
        let ended = history.trials.filter { $0.state != .running && $0.state != .waiting }
        guard !ended.isEmpty else { return nil }
        return ended.reduce(0) { $0 + work($1.iter) } * count / ended.count
    }
}
