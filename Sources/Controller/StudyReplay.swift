import Schedulers
package import SearchSpaces
package import Strategies
package import Studies
package import StudyStore

/// Plays a study again from what its store recorded: given the same order of events, a new suggester and a new
/// scheduler have to come to the same suggestions, promotions and ends.
package struct StudyReplay {
    /// Where a recorded decision is not the one that is made now.
    package struct Divergence: Sendable, Hashable, CustomStringConvertible {
        /// Counted from 0.
        package let event: Int
        package let recorded: RecordedEvent
        /// What is decided now, after "replayed,".
        package let now: String

        package var description: String { "\(recorded.words); replayed, \(now)" }
    }

    private let specification: StudySpecification
    private let recorded: History
    private let events: [RecordedEvent]
    private let requests: RequestLog
    private let makeSuggester: (_ runCap: Int, _ workers: Int?) throws -> Suggester
    private var suggester: Suggester?
    private var scheduler: any Scheduler = NoScheduler()
    private var plan: LaunchPlan
    /// As it was at the event that is played.
    private var history: History
    /// What was decided of the trials that run.
    private var verdicts: [Trial.ID: Decision] = [:]
    /// What is decided of them once more as another controller takes them up.
    private var again: [Trial.ID: Decision] = [:]
    private var isTargetReached = false
    /// The requests that have taken out trials.
    private var pruned: [Trial.ID: Int] = [:]

    /// - Parameters:
    ///   - recorded: the study as it stands after the events.
    ///   - requests: all that was asked of it.
    ///   - suggester: makes one as the study's own was, for a run with so many trials in all, which began with so many at a time; nil:
    ///     that is not on record.
    /// - Returns: nil where the events do not tell all: the study was begun before the store kept any.
    package init?(
        specification: StudySpecification, events: [RecordedEvent], recorded: History, requests: RequestLog = RequestLog(),
        suggester: @escaping (_ runCap: Int, _ workers: Int?) throws -> Suggester
    ) {
        let recorded = recorded.withOwnValues(of: specification.space)
        (self.specification, self.events, self.recorded, makeSuggester) = (specification, events, recorded, suggester)
        self.requests = requests
        history = History(
            goal: recorded.goal, otherMetrics: recorded.otherMetrics, constraints: recorded.constraints)
        plan = LaunchPlan(runCap: 0, history: history)
        let added = events.compactMap { if case .added(let id, _) = $0 { id } else { nil } }
        let reports = events.count { if case .reported = $0 { true } else { false } }
        let trials = recorded.trials + recorded.confirmations
        guard added.sorted() == trials.map(\.id).sorted(), reports == trials.reduce(0, { $0 + $1.reports.count }) else {
            return nil
        }
    }

    /// How many of the events are decisions.
    package var decisions: Int {
        events.count { event in
            if let id = event.trial, recorded[id].confirms { return false }
            return switch event {
            case .began, .takenUp, .reported, .halved, .ranOutOfMemory, .answered: false
            case .added, .launched, .settled, .exhausted: true
            }
        }
    }

    /// Every decision that differs; none, where the study can be had again.
    package mutating func divergences() throws -> [Divergence] {
        var found: [Divergence] = []
        for (index, event) in events.enumerated() {
            // What confirms is no decision of the search, and none of its is made from it.
            if let id = event.trial, recorded[id].confirms {
                if case .added = event { history.add(recorded[id]) }
                continue
            }
            if let now = differing(event) { found.append(Divergence(event: index, recorded: event, now: now)) }
            try apply(event)
        }
        return found
    }

    // MARK: - What is decided now

    /// nil: what was recorded.
    private mutating func differing(_ event: RecordedEvent) -> String? {
        switch event {
        case .began, .takenUp, .reported, .halved, .ranOutOfMemory, .answered: return nil
        case .added(let id, let milestone):
            let step = next()
            guard case .start(let trial, let first, refused: _) = step else { return Self.text(step) }
            let isSame = trial.assignment == recorded[id].assignment && trial.enqueuedBy == recorded[id].enqueuedBy
            guard isSame, first == milestone else { return Self.text(step) }
            return nil
        case .launched(let id, let milestone):
            let step = next()
            return step == .goOn(id, milestone: milestone) ? nil : Self.text(step)
        case .settled(let id, let state):
            let states = ends(of: history[id])
            return states.contains(state) ? nil : "it would be \(states.map(\.rawValue).joined(separator: " or "))"
        case .exhausted:
            let step = next()
            if case .ranOut = step { return nil }
            return Self.text(step)
        }
    }

    private mutating func next() -> LaunchPlan.Step {
        plan.next(after: history, by: scheduler) { suggester?.suggest(after: $0) ?? .exhausted("") }
    }

    /// The states that a launch can end in, or that a trial without a process can be put in.
    private func ends(of trial: Trial) -> [Trial.State] {
        if trial.outOfMemory != nil || pruned[trial.id] != nil { return [.pruned] }
        if trial.state == .paused { return [.pruned, .complete] }
        let weighed = trial.state == .waiting ? decision(on: trial.id) : verdicts[trial.id] ?? .continue
        return ends(of: trial, weighed: weighed) + (again[trial.id].map { ends(of: trial, weighed: $0) } ?? [])
    }

    private func ends(of trial: Trial, weighed: Decision) -> [Trial.State] {
        // The study is over for those, too, that nothing was decided of.
        let others: [Trial.State] = trial.state == .waiting || isTargetReached ? [.pruned] : []
        switch weighed {
        case .continue: return (trial.state == .waiting ? [] : [.complete, .failed, .waiting]) + others
        // It waits where the disk was too full for its checkpoint.
        case .pause: return [.paused, .failed, .waiting] + others
        case .stop: return [.pruned]
        case .complete: return [.complete, .failed, .waiting] + others
        }
    }

    private func decision(on id: Trial.ID) -> Decision {
        history[id].reports.isEmpty ? .continue : scheduler.decide(id, in: history, of: specification)
    }

    private static func text(_ step: LaunchPlan.Step) -> String {
        switch step {
        case .goOn(let id, let milestone): "trial \(id) would go on \(RecordedEvent.end(milestone))"
        case .start(let trial, let milestone, refused: _):
            "a new trial would start \(RecordedEvent.end(milestone)) with \(trial.assignment.words)"
        case .ranOut: "no configuration would be left to try"
        case .wait: "nothing would be launched"
        }
    }

    // MARK: - What happened

    private mutating func apply(_ event: RecordedEvent) throws {
        switch event {
        case .began(let runCap, let workers):
            scheduler = makeScheduler(specification.earlyTermination, runCap: runCap)
            suggester = try makeSuggester(runCap, workers)
            for trial in history.trials where trial.state == .running { history[trial.id].state = .waiting }
            plan = LaunchPlan(runCap: runCap, history: history, queue: plan.queue)
        case .added(let id, let milestone):
            var trial = Trial(id: id, assignment: recorded[id].assignment)
            trial.enqueuedBy = recorded[id].enqueuedBy
            history.add(trial)
            launch(id, milestone)
        case .launched(let id, let milestone): launch(id, milestone)
        case .takenUp(let id):
            history[id].state = .running
            plan.note(history[id])
            // The last controller may have died before it decided.
            if verdicts[id] != nil { again[id] = decision(on: id) }
        case .reported(let id, let iter):
            guard let report = recorded[id].reports.first(where: { $0.iter == iter }) else { return }
            history[id].reports.append(report)
            (verdicts[id], again[id]) = (decision(on: id), nil)
            if history.ends(with: report, of: history[id], metrics: specification.metrics) {
                (verdicts[id], isTargetReached) = (.complete, true)
            }
        case .settled(let id, let state):
            (history[id].state, history[id].prunedBy) = (state, pruned[id])
            plan.note(history[id])
        case .halved(let id, let times): history[id].halvings = times
        case .ranOutOfMemory(let id): history[id].outOfMemory = recorded[id].outOfMemory ?? ""
        case .exhausted:
            plan.runOut("", in: history)
            scheduler = makeScheduler(specification.earlyTermination, runCap: plan.trialCount)
        case .answered(let number):
            guard let request = requests[number], request.isDone else { return }
            switch request.request {
            case .enqueue(let assignment, _):
                plan.enqueue(QueuedConfiguration(request: number, assignment: assignment))
            case .remove(let earlier): plan.dequeue(earlier)
            case .prune(let id, _): pruned[id] = number
            case .stop, .detach, .workers, .note, .tag: return
            }
        }
    }

    private mutating func launch(_ id: Trial.ID, _ milestone: Int?) {
        (history[id].state, history[id].milestone) = (.running, milestone)
        history[id].launches += 1
        plan.note(history[id])
        (verdicts[id], again[id]) = (nil, nil)
    }
}

extension RecordedEvent {
    /// For people: what happened.
    package var words: String {
        switch self {
        case .began(let runCap, _): "a run of \(runCap) trials began"
        case .added(let id, let milestone): "trial \(id) was started \(Self.end(milestone))"
        case .launched(let id, let milestone): "trial \(id) went on \(Self.end(milestone))"
        case .reported(let id, let iter): "trial \(id) made report \(iter)"
        case .takenUp(let id): "trial \(id) was taken up by another controller"
        case .settled(let id, let state): "trial \(id) was \(state.rawValue) then"
        case .halved(let id, let times): "trial \(id)'s batch was halved\(times > 1 ? " (\(times) times in all)" : "")"
        case .ranOutOfMemory(let id): "trial \(id) ran out of memory"
        case .exhausted: "no configuration was left to try"
        case .answered(let request): "request \(request) was answered"
        }
    }

    fileprivate static func end(_ milestone: Int?) -> String {
        guard let milestone, milestone < LaunchPlan.wholeLength else { return "up to its own end" }
        return "up to report \(milestone)"
    }
}

extension Assignment {
    fileprivate var words: String { values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}
