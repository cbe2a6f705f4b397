import SearchSpaces
import Studies
import Testing

struct MeritTests {
    private let history = History(
        goal: .maximize, constraints: ["memory": Limits(max: 100), "loss": Limits(min: 0.1, max: 0.5)])

    private func trial(_ number: Int, _ value: Double, _ metrics: [String: Double], state: Trial.State = .complete) -> Trial {
        Trial(
            id: Trial.ID(number), assignment: [:], state: state, reports: [Report(iter: 1, value: value, metrics: metrics)])
    }

    @Test func `How far a figure is beyond its limits is counted in parts of the limit`() {
        #expect(Limits(max: 100).violation(of: 100) == 0)
        #expect(Limits(max: 100).violation(of: 150) == 0.5)
        #expect(Limits(min: 0.2).violation(of: 0.1) == 0.5)
        #expect(Limits(max: 100).violation(of: nil) == .infinity)
        #expect(Limits(max: 100).violation(of: .nan) == .infinity)
        #expect(Limits(max: 100).violation(of: -.infinity) == .infinity)
        #expect(Limits(max: 0).violation(of: 1) > 1e6)
    }

    @Test func `What breaks a constraint is never the best, however good`() {
        var study = history
        study.trials = [
            trial(0, 0.9, ["memory": 101, "loss": 0.3]), trial(1, 0.8, ["memory": 99, "loss": 0.3]),
            trial(2, 0.85, ["memory": 99]), trial(3, 0.7, ["memory": 50, "loss": 0.2]),
        ]
        #expect(study.best?.trial.id == Trial.ID(1))
        #expect(study.trials.map(study.isFeasible) == [false, true, false, true])
        study.trials = [trial(0, 0.9, ["memory": 101, "loss": 0.3])]
        #expect(study.best == nil)
    }

    /// Its adapter is the one of the report that gives it its value.
    @Test func `A trial is judged by the report that gives it its value`() {
        var both = trial(0, 0.5, ["memory": 50, "loss": 0.3])
        both.reports.append(Report(iter: 2, value: 0.9, metrics: ["memory": 50, "loss": 0.6]))
        #expect(!history.isFeasible(both))
        #expect(history.merit(of: both, upTo: 1).violation == 0)
        #expect(abs(history.merit(of: both).violation - 0.2) < 1e-12)
    }

    @Test func `A trial without a number breaks nothing and beats nothing`() {
        let none = trial(0, .nan, [:])
        #expect(history.isFeasible(none))
        let broken = Merit(violation: 3, value: 1)
        #expect(history.goal.prefers(broken, to: history.merit(of: none)))
        #expect(!history.goal.prefers(history.merit(of: none), to: broken))
    }

    @Test(arguments: [Goal.maximize, .minimize], [Double.nan, .infinity, -.infinity])
    func `No value that is not finite is ever the best, on the front or a target reached`(goal: Goal, value: Double) {
        func trial(_ number: Int, _ values: [Double], other: Double = 1) -> Trial {
            Trial(
                id: Trial.ID(number), assignment: [:], state: .complete,
                reports: values.enumerated().map { Report(iter: $0.offset + 1, value: $0.element, metrics: ["other": other]) })
        }
        let trials = [trial(0, [value]), trial(1, [0.5, value]), trial(2, [value, 0.4], other: value)]
        let study = History(goal: goal, trials: Array(trials.prefix(2)))
        #expect(study.best?.trial.id == Trial.ID(1))
        #expect(study.best?.report.iter == 1)
        #expect(!study.merit(of: trials[0]).isNumber && trials[0].best(goal) == nil)
        #expect(!study.standing(of: trials[1], atReport: 2).isNumber)
        #expect(study.standing(of: trials[1], atReport: 1).value == 0.5)
        #expect(study.standing(of: trials[2], atReport: 2).value == 0.4)
        let several = History(goal: goal, otherMetrics: [Metric(name: "other", goal: goal)], trials: trials)
        #expect(several.front.map(\.trial.id) == [Trial.ID(1)])
    }

    @Test func `The less is broken the better, and only then the value counts`() {
        let goal = Goal.minimize
        #expect(goal.prefers(Merit(value: 9), to: Merit(violation: 0.1, value: 1)))
        #expect(goal.prefers(Merit(violation: 0.1, value: 9), to: Merit(violation: 0.2, value: 1)))
        #expect(goal.prefers(Merit(violation: 0.1, value: 1), to: Merit(violation: 0.1, value: 2)))
    }
}
