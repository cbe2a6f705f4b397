package import SearchSpaces

/// What is launched next in a study: what was interrupted first, then promotions, then new configurations, those first that somebody
/// has asked for, until these run out.
/// Last, a winner that waits at a rung goes on to its end: what is shown as the best has trained as long as any.
///
/// Whoever plays a study goes by it, so that a controller, a replay and a simulator come to the same launches.
package struct LaunchPlan: Sendable {
    /// How many trials the study will have: its cap or, once nothing is left to try, as many as there are.
    package private(set) var trialCount: Int
    /// Why no new configuration comes any more; nil: one may.
    package private(set) var exhausted: String?
    /// Numbers of the trials that wait for a launch: to find them among all would take longer with every trial.
    private var waiting: Set<Int>
    /// Configurations that somebody has asked for, in their order.
    package private(set) var queue: [QueuedConfiguration]

    /// What there is to do for a free worker.
    package enum Step: Sendable, Hashable {
        /// A trial that was interrupted, or that waited at a rung, is launched up to a report; nil: up to its own end.
        case goOn(Trial.ID, milestone: Int?)
        /// A new trial joins the history and is launched. `refused`: configurations passed over because they break a constraint.
        case start(Trial, milestone: Int?, refused: Int)
        /// There is no new configuration. To be answered with ``LaunchPlan/runOut(_:in:)``, and with a scheduler for so many trials.
        case ranOut(String)
        /// Nothing now: a running trial may change that.
        case wait
    }

    /// - Parameters:
    ///   - runCap: trials in the whole study.
    ///   - history: the study as it stands when the run begins.
    ///   - queue: what somebody has asked for and is not started.
    package init(runCap: Int, history: History, queue: [QueuedConfiguration] = []) {
        (trialCount, self.queue) = (runCap, queue)
        waiting = Set(history.trials.lazy.filter { $0.state == .waiting }.map(\.id.number))
    }

    /// The trials that wait, by number.
    package var waitingTrials: [Trial.ID] { waiting.sorted().map(Trial.ID.init) }

    /// Takes a trial as it is now: it may wait for a launch, or no longer.
    package mutating func note(_ trial: Trial) {
        guard !trial.confirms else { return }
        if let request = trial.enqueuedBy { dequeue(request) }
        if trial.state == .waiting { waiting.insert(trial.id.number) } else { waiting.remove(trial.id.number) }
    }

    /// Somebody asks for a configuration, after all that were asked for before.
    package mutating func enqueue(_ configuration: QueuedConfiguration) { queue.append(configuration) }

    /// A configuration that a request asked for was started, or is not wanted any more.
    package mutating func dequeue(_ request: Int) { queue.removeAll { $0.request == request } }

    /// - Parameters:
    ///   - rule: the study's scheduler.
    ///   - suggest: asked for a new configuration only where nothing else is to be launched.
    package func next(
        after history: History, by rule: any PromotionRule, suggest: (History) -> Suggestion
    ) -> Step {
        if let trial = waiting.min().map({ history[Trial.ID($0)] }) {
            return .goOn(trial.id, milestone: trial.milestone ?? rule.firstMilestone(of: history.ordinal(of: trial.id)))
        }
        if let promotion = rule.promotion(in: history) { return .goOn(promotion.trial, milestone: promotion.milestone) }
        guard history.trials.count < trialCount, exhausted == nil else {
            let milestone = rule.lastMilestone ?? Self.wholeLength
            return Self.unfinishedWinner(of: history).map { .goOn($0, milestone: milestone) } ?? .wait
        }
        let milestone = rule.firstMilestone(of: Trial.ID(history.trials.count))
        if let wanted = queue.first {
            var trial = Trial(id: history.nextID, assignment: wanted.assignment)
            trial.enqueuedBy = wanted.request
            return .start(trial, milestone: milestone, refused: 0)
        }
        switch suggest(history) {
        case .exhausted(let reason): return .ranOut(reason)
        case .assignment(let assignment, let refused):
            return .start(Trial(id: history.nextID, assignment: assignment), milestone: milestone, refused: refused)
        }
    }

    /// Whether ``next(after:by:suggest:)`` may come to a launch now; only a suggestion tells that nothing new is left.
    package func mayLaunch(after history: History, by rule: any PromotionRule) -> Bool {
        !waiting.isEmpty || history.trials.count < trialCount && exhausted == nil || rule.promotion(in: history) != nil
            || Self.unfinishedWinner(of: history) != nil
    }

    /// Whether a launch is that of a winner which waits at a rung, and is no promotion.
    package func finishesWinner(_ id: Trial.ID, in history: History, by rule: any PromotionRule) -> Bool {
        waiting.isEmpty && (history.trials.count >= trialCount || exhausted != nil) && rule.promotion(in: history) == nil
            && Self.unfinishedWinner(of: history) == id
    }

    /// A milestone that no trial comes to, where the scheduler has no last one: it goes on to its own end.
    package static let wholeLength = 1_000_000_000

    /// The best trial, where it waits at a rung and nothing runs that could still beat it.
    private static func unfinishedWinner(of history: History) -> Trial.ID? {
        guard !history.isRunning, let best = history.best?.trial,
            best.state == .paused
        else { return nil }
        return best.id
    }

    /// The study is complete with the trials that it has: no bracket waits for others.
    package mutating func runOut(_ reason: String, in history: History) {
        (exhausted, trialCount) = (reason, history.trials.count)
    }
}

/// What a launch plan asks of a scheduler.
package protocol PromotionRule: Sendable {
    /// The report after which a new trial's first launch is weighed; nil: it may go on to its own end.
    ///
    /// - Parameter id: as the search's trials are counted (`History.ordinal(of:)`), whatever lies between them.
    func firstMilestone(of id: Trial.ID) -> Int?

    /// The report at which a trial is complete, however good it is; nil, the default: its program's own end is.
    var lastMilestone: Int? { get }

    /// The paused trial that goes on, looked for whenever a worker is free; nil: none now.
    func promotion(in history: History) -> Promotion?
}

extension Trial {
    /// The report up to which it goes now; nil: it goes to its own end.
    package var nextStop: Int? { milestone.flatMap { $0 < LaunchPlan.wholeLength ? $0 : nil } }
}

extension PromotionRule {
    package var lastMilestone: Int? { nil }
}

/// What a strategy comes up with.
package enum Suggestion: Sendable, Hashable {
    /// `refused`: how many configurations were passed over because they break a constraint.
    case assignment(Assignment, refused: Int)
    /// There is nothing to try any more, and why.
    case exhausted(String)
}
