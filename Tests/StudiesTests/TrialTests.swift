import SearchSpaces
import Studies
import Testing

struct TrialTests {
    private func trial(_ values: [Double], number: Int = 0, state: Trial.State = .complete) -> Trial {
        Trial(
            id: Trial.ID(number), assignment: [:], state: state,
            reports: values.enumerated().map { Report(iter: $0.offset + 1, value: $0.element) })
    }

    private static let bests: [(Goal, [Double], Int)] = [
        (.maximize, [0.2, 0.7, 0.5], 2), (.minimize, [0.2, 0.7, 0.5], 1), (.maximize, [0.7, 0.2, 0.7], 1),
        (.minimize, [0.7, 0.2, 0.2], 2), (.maximize, [.nan, 0.1, .nan], 2), (.minimize, [.nan, .infinity, 3], 3),
        (.maximize, [-.infinity, 3, .infinity], 2), (.minimize, [1, -.infinity, 0], 3),
    ]

    @Test(arguments: bests)
    func `The best report is the first of the best, and finite`(goal: Goal, values: [Double], iter: Int) {
        #expect(trial(values).best(goal)?.iter == iter)
    }

    @Test func `Up to a rung only what came until then counts`() {
        let trial = trial([0.2, 0.4, 0.9])
        #expect(trial.best(.maximize, upTo: 2)?.value == 0.4)
        #expect(trial.best(.maximize, upTo: 3)?.value == 0.9)
        #expect(trial.best(.maximize, upTo: 0) == nil)
    }

    @Test func `Without a number there is no best`() {
        #expect(trial([]).best(.maximize) == nil)
        #expect(trial([.nan, .infinity, -.infinity]).best(.minimize) == nil)
    }

    @Test func `The history's best is the first trial of equals, whatever its state but failed`() {
        var history = History(
            goal: .minimize,
            trials: [
                trial([3, 2], number: 0), trial([1.5], number: 1, state: .pruned),
                trial([0.5], number: 2, state: .failed), trial([9, 1.5, 4], number: 3, state: .running),
            ])
        #expect(history.best?.trial.id == Trial.ID(1))
        #expect(history.best?.report.value == 1.5)
        history.trials[1].state = .failed
        #expect(history.best?.trial.id == Trial.ID(3))
        #expect(history.best?.report.iter == 2)
        #expect(History(goal: .minimize, trials: [trial([.nan])]).best == nil)
    }

    @Test func `A history is read and written by a trial's number`() {
        var history = History(goal: .maximize, trials: [trial([1], number: 0), trial([2], number: 1)])
        history[Trial.ID(1)].state = .pruned
        #expect(history.trials.map(\.state) == [.complete, .pruned])
        #expect(history[Trial.ID(0)].reports[0].value == 1)
    }

    @Test func `Numbers are ordered and named as numbers are`() {
        #expect([Trial.ID(10), Trial.ID(9)].sorted().map(\.description) == ["9", "10"])
    }

    @Test(arguments: [
        (Trial.State.waiting, false), (.running, false), (.paused, false), (.complete, true), (.pruned, true),
        (.failed, true),
    ])
    func `Complete, pruned and failed are the ends`(state: Trial.State, isFinal: Bool) {
        #expect(state.isFinal == isFinal)
    }
}

struct GoalTests {
    @Test(arguments: Goal.allCases)
    func `What is not finite beats nothing, and every number beats it`(goal: Goal) {
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(!goal.prefers(value, to: 0))
            #expect(!goal.prefers(value, to: .nan))
            #expect(goal.prefers(0, to: value))
        }
    }

    @Test func `More or less is better, and equals are not`() {
        #expect(Goal.maximize.prefers(2, to: 1))
        #expect(!Goal.maximize.prefers(1, to: 2))
        #expect(Goal.minimize.prefers(1, to: 2))
        #expect(!Goal.minimize.prefers(1, to: 1))
    }

    @Test(arguments: [
        (3, 1, 9, [1, 3]), (3, 1, 10, [1, 3, 9]), (2, 5, 40, [5, 10, 20]), (4, 9, 9, []), (3, 10, 9, []),
        (2, 1, 2, [1]),
    ])
    func `Rungs lie below the maximum`(eta: Int, minimum: Int, maximum: Int, milestones: [Int]) {
        #expect(EarlyTermination.Rungs(eta: eta, minimum: minimum, maximum: maximum).milestones == milestones)
    }

    @Test func `Rungs end where counting would overflow`() {
        let rungs = EarlyTermination.Rungs(eta: 1 << 40, minimum: 1, maximum: .max)
        #expect(rungs.milestones == [1, 1 << 40])
        let powers = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: .max).milestones
        #expect(powers.count == 40)
        #expect(powers == powers.sorted())
    }
}

struct StepGapTests {
    private func gaps(_ steps: [Int], launches: Int = 2) -> [[Int]] {
        let reports = steps.enumerated().map { Report(iter: $0.offset + 1, step: $0.element, value: 0) }
        let trial = Trial(id: Trial.ID(0), assignment: [:], reports: reports, launches: launches)
        return trial.stepGaps.map { [$0.after, $0.before] }
    }

    @Test(arguments: [
        ([1, 2, 3, 5, 6, 7], [[3, 5]]), ([10, 20, 50, 60, 70, 80, 90, 100, 105], [[20, 50]]), ([1, 2, 3, 4, 5], []),
        ([88, 176, 264, 352, 400], []),
        ([1, 2, 4, 8, 16, 32], []), ([1, 3], []), ([50, 100, 50, 100, 50], []), ([5, 5, 5, 5, 5, 5], []),
        ([10, 20, 30, 40, 55], []),
    ])
    func `Steps that were equally far apart tell of lost reports`(steps: [Int], expected: [[Int]]) {
        #expect(gaps(steps) == expected)
    }

    @Test func `One launch loses none`() {
        #expect(gaps([1, 2, 3, 5, 6, 7], launches: 1).isEmpty)
    }
}
