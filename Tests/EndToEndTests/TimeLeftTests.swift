import SearchSpaces
import Studies
import Testing

@testable import autolora

/// The time left follows from the work that `check` expects and the pace of this run alone.
struct TimeLeftTests {
    private let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)

    private func specification(_ early: EarlyTermination, runCap: Int = 9) -> StudySpecification {
        StudySpecification(
            name: "lab", metric: Metric(name: "score", goal: .maximize), runCap: runCap, earlyTermination: early,
            trainer: TrainerSpecification(type: "command"), space: SearchSpace([]), folder: "/")
    }

    private func history(_ trials: [(state: Trial.State, reports: Int, milestone: Int?)]) -> History {
        History(
            goal: .maximize,
            trials: trials.enumerated().map { number, trial in
                Trial(
                    id: Trial.ID(number), assignment: [:], state: trial.state,
                    reports: (0..<trial.reports).map { Report(iter: $0 + 1, value: 0.5) }, launches: 1,
                    milestone: trial.milestone)
            })
    }

    @Test func `Paused trials are not done: what they will be promoted to counts`() {
        // Nine trials: 9 reports at the first rung, 2 x 3 more to the second, 6 more to the end: 21.
        let left = TimeLeft(specification(.successiveHalving(rungs)), start: RunStart())
        let paused = history(Array(repeating: (.paused, 1, 1), count: 9))
        #expect(left.estimate(paused, at: .seconds(90)) == .seconds(120))
    }

    @Test func `What an earlier run did tells nothing of this run's pace`() {
        let earlier = Array(repeating: (state: Trial.State.paused, reports: 1, milestone: Int?.some(1)), count: 6)
        let left = TimeLeft(specification(.successiveHalving(rungs)), start: RunStart(reports: [1, 1, 1, 1, 1, 1]))
        #expect(left.estimate(history(earlier), at: .seconds(5)) == nil)
        // 7 of 21 done, one of them in these 5 seconds.
        #expect(left.estimate(history(earlier + [(.paused, 1, 1)]), at: .seconds(5)) == .seconds(70))
    }

    @Test func `Failed trials leave their work undone, and nothing is left where nothing runs`() {
        let left = TimeLeft(specification(.successiveHalving(rungs)), start: RunStart())
        let failed = history(Array(repeating: (.paused, 1, 1), count: 8) + [(.failed, 0, 1)])
        // A ninth of 21 in whole reports less.
        #expect(left.estimate(failed, at: .seconds(80)) == .seconds(110))
        var none = TimeLeft(specification(.none, runCap: 2), start: RunStart())
        let done = history([(.complete, 4, nil), (.complete, 4, nil)])
        for trial in done.trials { none.note(trial) }
        #expect(none.estimate(done, at: .seconds(10)) == nil)
        #expect(none.estimate(history([(.complete, 4, nil), (.running, 2, nil)]), at: .seconds(6)) == .seconds(2))
    }

    @Test func `A program that ends before the last rung makes the study shorter`() {
        var left = TimeLeft(specification(.successiveHalving(rungs)), start: RunStart())
        let trials: [(Trial.State, Int, Int?)] = Array(repeating: (.paused, 1, 1), count: 8) + [(.complete, 2, 3)]
        let study = history(trials)
        for trial in study.trials { left.note(trial) }
        // Three trials reach two reports: 9 + 3.
        #expect(left.estimate(study, at: .seconds(100)) == .seconds(20))
    }
}
