import Controller
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings

@testable import autolora

/// What a confirmation looks like while it goes on, and in what an export says.
struct ConfirmationDisplayTests {
    private let specification = StudySpecification(
        name: "lab", metric: Metric(name: "score", goal: .maximize), runCap: 2,
        earlyTermination: .asha(.init(eta: 3, minimum: 1, maximum: 4)), trainer: TrainerSpecification(type: "command"),
        space: SearchSpace([]), folder: "/")
    private let plan = ConfirmationPlan(
        finalists: [Trial.ID(0), Trial.ID(1)], baseline: nil, seeds: [8, 9, 10], searched: 2)

    /// The search's two trials, and those that confirm them: each with its seed and how many of its four reports it has made.
    private func history(_ confirmations: [(of: Int, seed: Int, reports: Int)]) -> History {
        let searched = (0..<2).map { number in
            Trial(
                id: Trial.ID(number), assignment: ["x": .int(number)], state: .complete,
                reports: [Report(iter: 1, value: 0.5)], launches: 1)
        }
        let others = confirmations.enumerated().map { place, one in
            var trial = Trial(
                id: Trial.ID(2 + place), assignment: ["x": .int(one.of)], state: one.reports < 4 ? .running : .complete,
                reports: (0..<one.reports).map { Report(iter: $0 + 1, value: 0.5 + 0.01 * Double(one.seed % 3)) }, launches: 1)
            trial.purpose = .confirm(of: Trial.ID(one.of), seed: one.seed)
            return trial
        }
        return History(goal: .maximize, trials: searched + others)
    }

    @Test func `the time left is what the trials to come take at the pace so far`() {
        var pace = ConfirmationPace(plan, of: specification, in: history([]), at: .seconds(100))
        #expect(pace.text(history([]), at: .seconds(100)) == "0 of up to 6 trials")
        let one = history([(0, 8, 4), (1, 8, 2)])
        pace.look(at: one)
        // Six reports in a minute; 24 - 6 are to come.
        #expect(pace.left(one, at: .seconds(160)) == .seconds(180))
        #expect(pace.text(one, at: .seconds(160)) == "1 of up to 6 trials, about 3m 0s left")
        let all = history([(0, 8, 4), (1, 8, 4), (0, 9, 4), (1, 9, 4), (0, 10, 4), (1, 10, 4)])
        pace.look(at: all)
        #expect(pace.text(all, at: .seconds(300)) == "6 of up to 6 trials")
    }

    @Test func `what an earlier run did is no pace of this one, and a limit bounds it`() {
        var limited = specification
        limited.timeCap = 130
        let before = history([(0, 8, 4), (1, 8, 4)])
        let pace = ConfirmationPace(plan, of: limited, in: before, at: .zero)
        #expect(pace.left(before, at: .seconds(50)) == nil)
        let more = history([(0, 8, 4), (1, 8, 4), (0, 9, 2)])
        // Two reports in 20 seconds, 14 to come: 140; but time is up in 110.
        #expect(pace.left(more, at: .seconds(20)) == .seconds(110))
    }

    @Test func `the full picture has a line of it`() {
        var frame = StudyFrame(specification: specification)
        let begin = history([])
        frame.note(.confirming(plan, candidates: 2), at: .seconds(10), begin)
        let now = history([(0, 8, 4), (1, 8, 2)])
        frame.note(.settled(now.confirmations[0], error: nil), at: .seconds(70), now)
        let lines = frame.lines(now, at: .seconds(70))
        #expect(lines.contains("confirming  1 of up to 6 trials, about 3m 0s left"), "\(lines)")
        #expect(lines[1] == "worked 1m 10s")
        #expect(lines.contains { $0.hasPrefix("  trial 3  ") })
    }

    @Test func `an export of several metrics says that the choice was confirmed by the first`() throws {
        let recorded = try RecordedStudy("two", otherMetrics: [Metric(name: "size", goal: .minimize)])
        for (number, size) in [3.0, 2, 1].enumerated() {
            try recorded.add(
                number, .complete, ["r": .int(number)],
                reports: [Report(iter: 1, value: 0.9 - 0.1 * Double(number), metrics: ["size": size])])
        }
        let before = try BestTrial(recorded.store)
        let front = try #require(before.front)
        #expect(
            ExportCommand.sentence(of: front, before)
                == "trial 0 is the best by eval_accuracy; with --trial, the front's others: 1, 2")
        try recorded.store.confirm(
            ConfirmationPlan(finalists: [Trial.ID(0), Trial.ID(1)], baseline: nil, seeds: [8, 9], searched: 3))
        for number in 0..<4 {
            var trial = Trial(id: Trial.ID(3 + number), assignment: ["r": .int(number % 2)])
            trial.purpose = .confirm(of: Trial.ID(number % 2), seed: 8 + number / 2)
            try recorded.store.add(trial, at: 130)
            (trial.state, trial.launches) = (.running, 1)
            try recorded.store.launched(trial, at: 130)
            let value = (number % 2 == 0 ? 0.7 : 0.8) + 0.001 * Double(number)
            try recorded.store.record(Report(iter: 1, value: value, metrics: ["size": 2]), of: trial.id, at: 135)
            trial.state = .complete
            try recorded.store.settle(trial, error: nil, logTail: nil, at: 140)
        }
        let best = try BestTrial(recorded.store)
        #expect(best.trial.confirmed == Trial.ID(1))
        #expect(
            ExportCommand.sentence(of: try #require(best.front), best)
                == "the choice was confirmed by eval_accuracy alone; with --trial, the front's others: 0, 2")
    }
}
