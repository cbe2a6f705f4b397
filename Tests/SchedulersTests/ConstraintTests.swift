import Schedulers
import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

/// What breaks a constraint gives way to what keeps it.
struct ConstraintTests {
    private static let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)

    private func history(_ figures: [(value: Double, memory: Double)], state: Trial.State = .paused) -> History {
        History(
            goal: .minimize, constraints: ["memory": Limits(max: 10)],
            trials: figures.enumerated().map { number, figure in
                Trial(
                    id: Trial.ID(number), assignment: [:], state: state,
                    reports: [Report(iter: 1, value: figure.value, metrics: ["memory": figure.memory])], milestone: 1)
            })
    }

    @Test(arguments: [EarlyTermination.asha(rungs), .successiveHalving(rungs)])
    func `The best that keeps them is promoted, then what breaks them least`(termination: EarlyTermination) {
        let scheduler = makeScheduler(termination, runCap: 6)
        var study = history([(1, 11), (2, 30), (6, 9), (3, 20), (4, 20), (5, 40)])
        #expect(scheduler.promotion(in: study)?.trial == Trial.ID(2))
        (study.trials[2].state, study.trials[2].milestone) = (.running, 3)
        #expect(scheduler.promotion(in: study)?.trial == Trial.ID(0))
    }

    @Test func `The median rule stops what breaks a constraint that the others keep`() {
        var study = history([(5, 9), (6, 9), (7, 9), (8, 9), (9, 9), (1, 11)], state: .complete)
        study.trials[5].state = .running
        #expect(MedianRule().decide(Trial.ID(5), in: study) == .stop)
        study.trials[5].reports = [Report(iter: 1, value: 1, metrics: ["memory": 10])]
        #expect(MedianRule().decide(Trial.ID(5), in: study) == .continue)
    }

    /// The best value lies where the constraint is broken.
    @Test(arguments: [Method.random, .tpe]) func `TPE finds its way to what keeps them, where random search does not`(
        method: Method
    ) throws {
        let space = SearchSpace([
            Parameter(name: "x", distribution: .uniform(min: 0, max: 1)),
            Parameter(name: "y", distribution: .uniform(min: 0, max: 1)),
        ])
        let specification = StudySpecification(
            name: "s", metric: Metric(name: "loss", goal: .minimize), method: method, seed: 3,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        var suggester = try Suggester(specification: specification)
        var study = History(goal: .minimize, constraints: ["memory": Limits(max: 0.15)])
        for number in 0..<60 {
            guard case .assignment(let assignment, _) = suggester.suggest(after: study) else {
                Issue.record("gave up")
                return
            }
            let (x, y) = (assignment["x"]?.number ?? 0, assignment["y"]?.number ?? 0)
            study.trials.append(
                Trial(
                    id: Trial.ID(number), assignment: assignment, state: .complete,
                    reports: [Report(iter: 1, value: 1 - x + y, metrics: ["memory": x])]))
        }
        let feasible = study.trials.dropFirst(20).count { study.isFeasible($0) }
        if method == .random { #expect(feasible < 12) } else { #expect(feasible > 15) }
    }
}
