import Controller
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import Testing
import TrainerSettings

@testable import autolora

@Suite struct DisplayTests {
    private let specification = StudySpecification(
        name: "lab", metric: Metric(name: "score", goal: .maximize), runCap: 10, workers: 2,
        trainer: TrainerSpecification(type: "command"), space: SearchSpace([]), folder: "/")

    private func trial(_ number: Int, _ state: Trial.State, _ values: [Double], milestone: Int? = nil) -> Trial {
        Trial(
            id: Trial.ID(number), assignment: ["lr": .double(0.00123456), "r": .int(8)], state: state,
            reports: values.enumerated().map { Report(iter: $0.offset + 1, value: $0.element) }, launches: 1,
            milestone: milestone)
    }

    @Test func `the frame shows states, the best, each running trial and the time left`() {
        var frame = StudyFrame(specification: specification)
        let running = trial(2, .running, [0.25, 0.5], milestone: 4)
        let trials = [trial(0, .complete, [0.75]), trial(1, .paused, [0.5]), running]
        frame.note(.launched(trials[0]), at: .zero, History(goal: .maximize))
        frame.note(.launched(running), at: .seconds(10), History(goal: .maximize))
        let lines = frame.lines(History(goal: .maximize, trials: trials), at: .seconds(70))
        #expect(
            lines == [
                "lab  3 of 10 trials  1 running, 1 paused, 1 complete",
                "worked 1m 10s, about 1m 45s left",
                "best  trial 0  score 0.75  lr=0.001235 r=8",
                "  trial 2  [########........] 2/4  0.5  1m 0s  lr=0.001235 r=8",
            ])
    }

    @Test func `before anything is known the frame says so`() {
        let frame = StudyFrame(specification: specification)
        #expect(frame.lines(History(goal: .maximize), at: .zero) == ["lab  0 of 10 trials", "worked 0s", "best  none yet"])
    }

    @Test func `at 60 columns the parameters that differ are seen`() {
        func trial(_ number: Int, _ state: Trial.State, rate: Double) -> Trial {
            Trial(
                id: Trial.ID(number),
                assignment: [
                    "learning_rate": .double(rate), "lora_dropout": .double(0.05), "r": .int(8 << number),
                    "target_modules": .array(["query", "key", "value"].map(SettingValue.string)), "warmup_ratio": .double(0.1),
                ], state: state, reports: [Report(iter: 1, value: 0.5)], launches: 1, milestone: 3)
        }
        let frame = StudyFrame(specification: specification)
        let trials = [trial(0, .paused, rate: 0.001), trial(1, .running, rate: 0.000123)]
        let history = History(goal: .maximize, trials: trials)
        let lines = frame.lines(history, at: .seconds(10), width: 60)
        #expect(
            lines.dropFirst(2) == [
                "best  trial 0  score 0.5  learning_rate=0.001 r=8",
                "  trial 1  [##....] 1/3  0.5  learning_rate=0.000123 r=16",
            ])
        #expect(
            frame.lines(history, at: .seconds(10), width: 40).dropFirst(2) == [
                "best  trial 0  score 0.5", "      learning_rate=0.001 r=8", "  trial 1  [##....] 1/3  0.5",
                "      learning_rate=0.000123 r=16",
            ])
        #expect(frame.lines(history, at: .seconds(10)).last?.hasSuffix(trials[1].assignment.summary) == true)
    }

    @Test func `a diverged trial shows its latest value, and why it starts over is said`() {
        let history = History(goal: .maximize, trials: [trial(0, .running, [0.5, .nan], milestone: 3)])
        func line(_ event: StudyEvent) -> String? { PlainDisplay.line(for: event, history, specification) }
        #expect(
            line(.settled(trial(0, .paused, [0.5, .nan]), error: nil))
                == "trial 0 paused after report 2: score nan, best before 0.5")
        #expect(line(.settled(trial(0, .complete, [.infinity]), error: nil)) == "trial 0 complete after report 1: score inf")
        #expect(
            line(.launched(history.trials[0], startsOver: "it left no checkpoint"))
                == "trial 0 starts over up to report 3, as it left no checkpoint")
    }

    @Test func `a trial that is launched again is told by its reports, if it has some`() {
        var again = trial(0, .running, [], milestone: 3)
        again.launches = 2
        let history = History(goal: .maximize, trials: [again])
        func line(_ trial: Trial) -> String? { PlainDisplay.line(for: .launched(trial), history, specification) }
        #expect(line(again) == "trial 0 is launched again up to report 3")
        again.reports = trial(0, .running, [0.5]).reports
        #expect(line(again) == "trial 0 goes on after report 1 up to report 3")
    }

    @Test func `a failure stays in sight and a limit bounds the time left`() {
        var limited = specification
        limited.timeCap = 100
        var frame = StudyFrame(specification: limited)
        let failed = trial(0, .failed, [])
        frame.note(.launched(failed), at: .zero, History(goal: .maximize))
        frame.note(.settled(failed, error: "ended with exit code 3"), at: .seconds(1), History(goal: .maximize))
        let history = History(goal: .maximize, trials: [failed, trial(1, .complete, [0.5, 0.6])])
        let lines = frame.lines(history, at: .seconds(80))
        #expect(lines[1] == "worked 1m 20s, about 20s left")
        #expect(lines.last == "trial 0 failed: ended with exit code 3")
    }

    @Test func `plain lines say what happened, once`() {
        let history = History(goal: .maximize, trials: [trial(0, .running, [0.5, 0.25], milestone: 3)])
        func line(_ event: StudyEvent) -> String? { PlainDisplay.line(for: event, history, specification) }
        #expect(line(.launched(history.trials[0])) == "trial 0 of 10 starts up to report 3: lr=0.001235 r=8")
        #expect(line(.reported(Trial.ID(0), history.trials[0].reports[0])) == "trial 0 report 1: score 0.5 (best so far)")
        #expect(line(.reported(Trial.ID(0), history.trials[0].reports[1])) == nil)
        #expect(line(.settled(trial(0, .paused, [0.5]), error: nil)) == "trial 0 paused after report 1: score 0.5")
        #expect(
            line(.settled(trial(0, .failed, []), error: "ended with exit code 1"))
                == "trial 0 failed after report 0: ended with exit code 1")
        #expect(line(.refused(2)) == "2 configurations passed over: a constraint or the memory forbids them")
    }

    @Test func `while all jobs wait a log is told so after a minute, then ever more seldom`() {
        var wait = QueueWait()
        func job(_ trial: Int, _ phase: String, _ reason: String? = nil) -> StudyEvent {
            .job(
                JobRecord(
                    trial: Trial.ID(trial), launch: 1, name: "al-1-t\(trial)-l1", job: "\(70 + trial)", phase: phase,
                    reason: reason, at: 1000 + Double(trial)))
        }
        func lines(from start: Int, to end: Int) -> [String] {
            stride(from: start, through: end, by: 10).compactMap { wait.line(at: Double($0)) }
        }
        #expect(lines(from: 0, to: 900) == [])
        wait.note(job(0, "pending", "Priority"))
        wait.note(job(1, "submitting", "QOSMaxSubmitJobPerUserLimit"))
        #expect(lines(from: 1010, to: 1060) == [])
        #expect(
            lines(from: 1070, to: 1080)
                == ["nothing runs: 2 jobs wait, the longest for 1m 10s (trial 0's, job 70: pending (Priority))"])
        // A day of waiting is some thirty lines.
        #expect((20...32).contains(lines(from: 1090, to: 87_400).count))
        wait.note(job(0, "running"))
        #expect(lines(from: 87_410, to: 95_000) == [])
        wait.note(.settled(trial(0, .complete, [0.5]), error: nil))
        #expect(lines(from: 95_010, to: 95_060) == [])
        #expect(
            lines(from: 95_070, to: 95_070)
                == [
                    "nothing runs: its one job waits for 26h 7m (trial 1's, job 71: not in the queue yet "
                        + "(QOSMaxSubmitJobPerUserLimit))"
                ])
        wait.note(.stopping(.interrupted))
        #expect(lines(from: 95_080, to: 200_000) == [])
    }

    @Test func `a configuration of which nothing is given ends a line without a colon or a blank`() {
        var baseline = Trial(id: Trial.ID(5), assignment: Assignment([:]), state: .running, launches: 1)
        baseline.purpose = .confirm(of: nil, seed: 4)
        let history = History(goal: .maximize, trials: [trial(0, .complete, [0.5]), baseline])
        #expect(
            PlainDisplay.line(for: .launched(baseline), history, specification)
                == "trial 5 starts, to confirm the baseline with seed 4")
        var plain = Trial(id: Trial.ID(1), assignment: Assignment([:]), state: .running, launches: 1, milestone: 3)
        #expect(
            PlainDisplay.line(for: .launched(plain), history, specification) == "trial 1 of 10 starts up to report 3")
        plain.reports = [Report(iter: 1, value: 0.25)]
        let lines = StudyFrame(specification: specification).lines(
            History(goal: .maximize, trials: [plain]), at: .seconds(5))
        #expect(lines[2...] == ["best  trial 1  score 0.25", "  trial 1  [#####...........] 1/3  0.25"])
    }

    @Test func `the table lines up`() {
        let text = TrialLines.render([trial(0, .complete, [0.75]), trial(11, .failed, [])], of: History(goal: .maximize))
        #expect(
            text == """
                trial  state     value  reports  parameters
                    0  complete   0.75        1  lr=0.001235 r=8
                   11  failed        -        0  lr=0.001235 r=8
                """)
    }
}
