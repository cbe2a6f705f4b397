import Schedulers
import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

/// What holds of every scheduler.
struct SchedulerConformanceTests {
    private static let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)
    static let terminations: [EarlyTermination] = [
        .none, .median(warmUp: 1, startUpTrials: 5), .successiveHalving(rungs), .asha(rungs),
        .hyperband(rungs), .asha(rungs, brackets: 3), .asha(.init(eta: 2, minimum: 2, maximum: 9)),
        .successiveHalving(.init(eta: 4, minimum: 9, maximum: 9)),
    ]
    private let space = SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))])

    private func simulator(
        _ termination: EarlyTermination, workers: Int, history: History = History(goal: .minimize),
        objective: @escaping (Double, Int) -> Double? = { x, iter in x + 1 / Double(iter) }
    ) -> StudySimulator {
        StudySimulator(
            Suggester(TreeParzen(), space: space, seed: 2), scheduler: makeScheduler(termination, runCap: 27),
            history: history, runCap: 27, workers: workers, length: 9
        ) { assignment, iter in objective(assignment["x"]?.number ?? .nan, iter) }
    }

    @Test(arguments: terminations, [1, 4])
    func `A study comes to an end with every configuration tried and one trained in full`(
        termination: EarlyTermination, workers: Int
    ) {
        var study = simulator(termination, workers: workers)
        study.run()
        #expect(study.history.trials.count == 27)
        #expect(study.history.trials.allSatisfy { $0.state.isFinal || $0.state == .paused })
        let complete = study.history.trials.filter { $0.state == .complete }
        #expect(!complete.isEmpty)
        #expect(complete.allSatisfy { $0.reports.count == 9 })
    }

    @Test(arguments: terminations, [1, 4])
    func `A study interrupted again and again goes as an uninterrupted one does`(
        termination: EarlyTermination, workers: Int
    ) {
        var whole = simulator(termination, workers: workers)
        whole.run()
        var parts = History(goal: .minimize)
        for _ in 0..<40 {
            var part = simulator(termination, workers: workers, history: parts)
            part.run(rounds: 7)
            parts = part.history
        }
        #expect(parts == whole.history)
    }

    /// The median rule looks at the others, who may have come further meanwhile.
    @Test(arguments: terminations.filter { makeScheduler($0, runCap: 27).firstMilestone(of: Trial.ID(0)) != nil })
    func `At its milestone a trial gets the same answer whenever it is asked for`(termination: EarlyTermination) {
        let scheduler = makeScheduler(termination, runCap: 27)
        var study = simulator(termination, workers: 1)
        study.run()
        for trial in study.history.trials {
            var history = study.history
            history[trial.id].state = .running
            #expect(scheduler.decide(trial.id, in: history) == (trial.state == .paused ? .pause : .complete))
            history.trials.removeSubrange((trial.id.number + 1)...)
            #expect(scheduler.decide(trial.id, in: history) == (trial.state == .paused ? .pause : .complete))
        }
    }

    @Test(arguments: terminations, ["all NaN", "all failed", "some failed", "infinite", "constant"])
    func `Troubled trials do not hold a study up`(termination: EarlyTermination, trouble: String) {
        var study = simulator(termination, workers: 3) { x, iter in
            switch trouble {
            case "all NaN": .nan
            case "all failed": nil
            case "some failed": x < 0.3 && iter > 1 ? nil : x
            case "infinite": x < 0.5 ? .infinity : -.infinity
            default: 1
            }
        }
        study.run()
        #expect(study.history.trials.count == 27)
        #expect(study.history.trials.allSatisfy { $0.state.isFinal || $0.state == .paused })
    }

    @Test(arguments: terminations)
    func `A promotion is of a paused trial and goes beyond where it waits`(termination: EarlyTermination) {
        let scheduler = makeScheduler(termination, runCap: 27)
        var study = simulator(termination, workers: 2)
        for _ in 0..<150 {
            study.run(rounds: 1)
            guard let promotion = scheduler.promotion(in: study.history) else { continue }
            let trial = study.history[promotion.trial]
            #expect(trial.state == .paused)
            #expect(promotion.milestone ?? .max > trial.reports.count)
        }
        // Early ending saves reports; none, or a first milestone at the maximum, does not.
        let reports = study.history.trials.reduce(0) { $0 + $1.reports.count }
        let isWhole = termination == .none || scheduler.firstMilestone(of: Trial.ID(0)) == 9
        #expect(isWhole ? reports == 243 : reports < 243)
    }

    @Test(arguments: terminations, [Double.nan, .infinity, -.infinity])
    func `A trial whose latest report is not finite is never promoted, however good it was before`(
        termination: EarlyTermination, value: Double
    ) {
        let scheduler = makeScheduler(termination, runCap: 27)
        // Small x is best, and every trial below 0.3 diverges at its second report or, where it comes so far, its fifth.
        var study = simulator(termination, workers: 2) { x, iter in
            if x < 0.3 { return iter == (x < 0.15 ? 2 : 5) ? value : x - 1 }
            return x + 1 / Double(iter)
        }
        var diverged = 0
        for _ in 0..<250 {
            if let promotion = scheduler.promotion(in: study.history) {
                #expect(study.history[promotion.trial].reports.last?.value.isFinite == true)
            }
            study.run(rounds: 1)
            diverged += study.history.trials.count { $0.state == .paused && $0.reports.last?.value.isFinite == false }
        }
        // Where a rung is at the second report, some wait there after a report that is no number.
        if scheduler.firstMilestone(of: Trial.ID(0)) == 2 { #expect(diverged > 0) }
        #expect(study.history.best?.report.value.isFinite == true)
    }

    @Test func `A trial that diverges at its rung stands behind all that did not, in every scheduler`() {
        func history(_ latest: Double, _ others: [Double]) -> History {
            let trials =
                [Trial.reporting([0.9, 0.95, latest], number: 0, milestone: 3)]
                + others.enumerated().map { .reporting([0.1, 0.1, $0.element], number: $0.offset + 1, milestone: 3) }
            return History(goal: .maximize, trials: trials)
        }
        let rungs = EarlyTermination.Rungs(eta: 3, minimum: 3, maximum: 9)
        for latest in [Double.nan, .infinity, -.infinity] {
            for termination in [EarlyTermination.asha(rungs), .successiveHalving(rungs), .hyperband(rungs)] {
                let scheduler = makeScheduler(termination, runCap: 3)
                #expect(scheduler.promotion(in: history(0.1, [0.2, 0.3]))?.trial == Trial.ID(0))
                #expect(scheduler.promotion(in: history(latest, [0.2, 0.3]))?.trial == Trial.ID(2))
                #expect(scheduler.promotion(in: history(latest, [latest, latest])) == nil)
            }
            var study = history(latest, [0.2, 0.3, 0.2, 0.1, 0.1])
            study.trials[0].state = .running
            #expect(MedianRule(startUpTrials: 3).decide(Trial.ID(0), in: study) == .stop)
            study = history(0.1, [0.2, 0.3, 0.2, 0.1, 0.1])
            study.trials[0].state = .running
            #expect(MedianRule(startUpTrials: 3).decide(Trial.ID(0), in: study) == .continue)
        }
    }

    @Test func `Where only the first bracket's winner goes on, halving spends what it is meant to`() {
        var study = simulator(.successiveHalving(Self.rungs), workers: 1)
        study.run()
        let reports = study.history.trials.reduce(0) { $0 + $1.reports.count }
        // Three brackets: six trials end at 1 report, two at 3 and one at 9.
        #expect(reports == 3 * (6 + 2 * 3 + 9))
    }

    @Test(arguments: terminations, [1, 4])
    func `Who is eliminated waits for ever`(termination: EarlyTermination, workers: Int) {
        let scheduler = makeScheduler(termination, runCap: 27)
        var study = simulator(termination, workers: workers)
        var eliminated: Set<Trial.ID> = []
        for _ in 0..<250 {
            study.run(rounds: 1)
            let now = scheduler.eliminated(in: study.history, runCap: 27)
            #expect(eliminated.isSubset(of: now))
            eliminated.formUnion(now)
        }
        let paused = Set(study.history.trials.filter { $0.state == .paused }.map(\.id))
        #expect(eliminated.isSubset(of: paused))
        #expect(2 * eliminated.count >= paused.count, "\(eliminated.count) of \(paused.count)")
    }

    @Test func `Nobody is eliminated before it is certain`() {
        // Of six more trials none may come near: three in nine go on.
        let values = [0.3, 0.9, 0.5, .nan, 0.4, 0.8]
        let trials = values.enumerated().map { Trial.reporting([$0.element], number: $0.offset, milestone: 1) }
        let asha = AsynchronousHalving(Self.rungs)
        let halving = SuccessiveHalving(Self.rungs, runCap: 9)
        func eliminated(_ scheduler: any Scheduler, _ trials: [Trial], runCap: Int = 9) -> Set<Int> {
            Set(scheduler.eliminated(in: History(goal: .maximize, trials: trials), runCap: runCap).map(\.number))
        }
        #expect(eliminated(asha, trials) == [0, 3, 4])
        #expect(eliminated(asha, trials, runCap: 18) == [3])
        #expect(eliminated(halving, trials).isEmpty)
        #expect(
            eliminated(halving, trials + (6..<9).map { .reporting([0.7], number: $0, milestone: 1) }) == [0, 2, 3, 4, 7, 8])
    }
}
