import Schedulers
import SearchSpaces
import Strategies
import Studies

/// A study on a simulated clock: workers take from it what the controller would give them, and each report comes when
/// its training is done. Promoted trials go on from where they paused.
struct SimulatedStudy {
    /// A report better than all before it.
    struct Improvement: Sendable {
        /// Training steps of all trials up to it, and the time on the clock.
        let steps: Int
        let seconds: Double
        let value: Double
    }

    private struct Launch {
        var life: TrialLife
        let curve: [LearningProblem.CurvePoint]
        /// When its next report comes.
        var due = 0.0

        var made: Int { life.trial.reports.count }
        /// What the next report costs.
        var steps: Int { curve[made].step - (made > 0 ? curve[made - 1].step : 0) }
        var seconds: Double { curve[made].seconds - (made > 0 ? curve[made - 1].seconds : 0) }
    }

    private(set) var history: History
    private(set) var improvements: [Improvement] = []
    private(set) var steps = 0
    private(set) var seconds = 0.0
    private var launches: [Launch] = []
    private var suggester: Suggester
    private var scheduler: any Scheduler
    private let specification: StudySpecification
    private var plan: LaunchPlan
    private let curve: (Assignment) -> [LearningProblem.CurvePoint]

    init(_ specification: StudySpecification, curve: @escaping (Assignment) -> [LearningProblem.CurvePoint]) throws {
        self.specification = specification
        self.curve = curve
        suggester = try Suggester(specification: specification)
        let runCap = specification.runCap ?? StudySpecification.defaultRunCap
        scheduler = makeScheduler(specification.earlyTermination, runCap: runCap)
        history = History(goal: specification.metric.goal)
        plan = LaunchPlan(runCap: runCap, history: history)
    }

    /// Plays until the study is over or has cost so many steps.
    mutating func play(steps most: Int = .max) {
        fill()
        // Of reports that come at the same time, the one that was launched first.
        while steps < most, let index = launches.indices.min(by: { launches[$0].due < launches[$1].due }) {
            report(index)
            fill()
        }
    }

    private mutating func fill() {
        while launches.count < specification.workers {
            switch plan.next(after: history, by: scheduler, suggest: { suggester.suggest(after: $0) }) {
            case .goOn(let id, let milestone): launch(id, milestone)
            case .start(let trial, let milestone, refused: _):
                history.add(trial)
                launch(trial.id, milestone)
            case .ranOut(let reason):
                plan.runOut(reason, in: history)
                scheduler = makeScheduler(specification.earlyTermination, runCap: plan.trialCount)
            case .wait: return
            }
        }
    }

    private mutating func launch(_ id: Trial.ID, _ milestone: Int?) {
        let trial = history[id]
        var launch = Launch(life: TrialLife(trial), curve: curve(trial.assignment))
        _ = launch.life.handle(.launched(fromCheckpoint: !trial.reports.isEmpty, milestone: milestone))
        launch.due = seconds + launch.seconds
        history[id] = launch.life.trial
        launches.append(launch)
    }

    private mutating func report(_ index: Int) {
        var launch = launches.remove(at: index)
        steps += launch.steps
        seconds = launch.due
        let point = launch.curve[launch.made]
        _ = launch.life.handle(.reported(step: point.step, value: point.value, metrics: [:]))
        if history.goal.prefers(point.value, to: improvements.last?.value ?? .nan) {
            improvements.append(Improvement(steps: steps, seconds: seconds, value: point.value))
        }
        let id = launch.life.trial.id
        history[id] = launch.life.trial
        let decision = launch.life.handle(.decided(scheduler.decide(id, in: history)))
        if decision == .none, launch.made < launch.curve.count {
            launch.due = seconds + launch.seconds
            launches.insert(launch, at: index)
            return
        }
        _ = launch.life.handle(.exited(.exited(0)))
        history[id] = launch.life.trial
    }
}
