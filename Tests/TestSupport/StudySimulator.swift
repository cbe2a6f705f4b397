package import Schedulers
package import SearchSpaces
package import Strategies
package import Studies
import TrainerSettings

/// Plays a study without processes or clocks: in each round every running trial makes one report.
///
/// All it knows is in the history, so a simulator made from another one's history goes on where that one stopped.
package struct StudySimulator {
    package private(set) var history: History
    /// Configurations refused by a constraint.
    package private(set) var refused = 0
    private var plan: LaunchPlan
    private var suggester: Suggester
    private let scheduler: any Scheduler
    private let workers: Int
    private let length: Int
    private let objective: (Assignment, Int) -> Double?
    private let metrics: (Assignment) -> [String: Double]

    /// - Parameters:
    ///   - length: reports after which a trial ends by itself.
    ///   - metrics: the other figures of a configuration's reports.
    ///   - objective: a configuration's value at a report; nil: the trial fails.
    package init(
        _ suggester: Suggester, scheduler: any Scheduler = NoScheduler(), history: History = History(goal: .minimize),
        runCap: Int, workers: Int = 1, length: Int = 1, metrics: @escaping (Assignment) -> [String: Double] = { _ in [:] },
        objective: @escaping (Assignment, Int) -> Double?
    ) {
        self.suggester = suggester
        self.scheduler = scheduler
        self.history = history
        plan = LaunchPlan(runCap: runCap, history: history)
        self.workers = workers
        self.length = length
        self.metrics = metrics
        self.objective = objective
    }

    /// Why the suggester gave up, if it did.
    package var exhausted: String? { plan.exhausted }

    /// Plays until nothing is left to do, or for some rounds.
    package mutating func run(rounds: Int = .max) {
        var round = 0
        while round < rounds {
            fillWorkers()
            let running = history.trials.filter { $0.state == .running }
            guard !running.isEmpty else { return }
            for trial in running { report(trial.id) }
            round += 1
        }
    }

    private mutating func fillWorkers() {
        while history.trials.filter({ $0.state == .running }).count < workers {
            switch plan.next(after: history, by: scheduler, suggest: { suggester.suggest(after: $0) }) {
            case .goOn(let id, let milestone):
                (history[id].state, history[id].milestone) = (.running, milestone)
                history[id].launches += 1
            case .start(var trial, let milestone, let count):
                refused += count
                (trial.state, trial.milestone, trial.launches) = (.running, milestone, 1)
                history.add(trial)
            case .ranOut(let reason): plan.runOut(reason, in: history)
            case .wait: return
            }
        }
    }

    private mutating func report(_ id: Trial.ID) {
        let iter = history[id].reports.count + 1
        guard let value = objective(history[id].assignment, iter) else {
            history[id].state = .failed
            return
        }
        history[id].reports.append(Report(iter: iter, value: value, metrics: metrics(history[id].assignment)))
        switch scheduler.decide(id, in: history) {
        case .continue: if iter >= length { history[id].state = .complete }
        case .pause: history[id].state = .paused
        case .stop: history[id].state = .pruned
        case .complete: history[id].state = .complete
        }
    }
}

extension SearchSpace {
    /// Whether a configuration has exactly the parameters that are there, each with one of its values.
    package func holds(_ assignment: Assignment) -> Bool {
        let active = parameters.filter { isActive($0, in: assignment) }
        guard Set(active.map(\.name)) == Set(assignment.values.keys) else { return false }
        return active.allSatisfy { parameter in
            guard let value = assignment[parameter.name] else { return false }
            switch parameter.distribution {
            case .normal, .logNormal: return value.number?.isFinite ?? false
            case .uniform(let min, let max), .logUniform(let min, let max):
                return value.number.map { $0 >= min && $0 <= max } ?? false
            default: return parameter.distribution.index(of: value) != nil
            }
        }
    }
}
