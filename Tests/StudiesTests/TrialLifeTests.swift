import SearchSpaces
import Studies
import Testing

struct TrialLifeTests {
    private var life = TrialLife(Trial(id: Trial.ID(4), assignment: [:]))

    private static func report(_ value: Double, step: Int? = nil) -> TrialLife.Event {
        .reported(step: step, value: value, metrics: [:])
    }

    private mutating func launch(fromCheckpoint: Bool = false, milestone: Int? = nil) {
        _ = life.handle(.launched(fromCheckpoint: fromCheckpoint, milestone: milestone))
    }

    @Test mutating func `A trial runs, reports and is complete when its process ends well`() {
        #expect(life.trial.state == .waiting)
        #expect(life.handle(.launched(fromCheckpoint: false, milestone: 3)) == .none)
        #expect(life.trial.state == .running)
        #expect(life.trial.milestone == 3)
        #expect(life.trial.launches == 1)
        let report = Report(iter: 1, step: 100, value: 0.5, metrics: ["loss": 1])
        #expect(life.handle(.reported(step: 100, value: 0.5, metrics: ["loss": 1])) == .record(report))
        #expect(life.trial.reports == [report])
        #expect(life.handle(.decided(.continue)) == .none)
        #expect(life.handle(.exited(.exited(0))) == .settle(.complete, error: nil))
        #expect(life.trial.state == .complete)
    }

    @Test(arguments: [
        (Decision.pause, Trial.State.paused), (.stop, .pruned), (.complete, .complete),
    ])
    func `What was decided counts, however the process ends that was told to`(
        decision: Decision, state: Trial.State
    ) {
        for ending in [TrialLife.Ending.exited(0), .terminated] {
            var copy = self
            copy.launch()
            _ = copy.life.handle(Self.report(1))
            #expect(!copy.life.isEnding)
            #expect(copy.life.handle(.decided(decision)) == .end(decision))
            #expect(copy.life.isEnding)
            #expect(copy.life.handle(.exited(ending)) == .settle(state, error: nil))
            #expect(copy.life.trial.state == state)
        }
    }

    @Test(arguments: [nil, Decision.pause, .complete])
    func `Whatever was decided of it, one that a request takes out is pruned`(decision: Decision?) {
        for ending in [TrialLife.Ending.exited(0), .exited(1), .terminated, .killed, .signaled(9)] {
            var copy = self
            copy.launch(milestone: 1)
            _ = copy.life.handle(Self.report(1))
            if let decision { _ = copy.life.handle(.decided(decision)) }
            #expect(copy.life.handle(.pruned(by: 5)) == .end(.stop))
            #expect(copy.life.handle(Self.report(2)) == .none)
            #expect(copy.life.handle(.exited(ending)) == .settle(.pruned, error: nil))
            #expect(copy.life.trial.prunedBy == 5 && copy.life.trial.isOut)
        }
    }

    @Test(arguments: [Trial.State.waiting, .paused])
    func `One that does not run is pruned at once, and one that is over is not`(
        state: Trial.State
    ) {
        var waiting = TrialLife(Trial(id: Trial.ID(1), assignment: [:], state: state))
        #expect(waiting.handle(.pruned(by: 5)) == .settle(.pruned, error: nil))
        #expect(waiting.handle(.pruned(by: 6)) == .none)
        #expect(waiting.trial.prunedBy == 5)
    }

    @Test mutating func `One that had to be killed at its rung may lack a checkpoint, and that is said`() {
        launch()
        _ = life.handle(Self.report(1))
        _ = life.handle(.decided(.pause))
        let error =
            "was told to end, did not within its grace time, and was killed: its checkpoint may not be complete (`grace` in the space file)"
        #expect(life.handle(.exited(.killed)) == .settle(.paused, error: error))
        var other = TrialLife(Trial(id: Trial.ID(5), assignment: [:]))
        for event in [.launched(fromCheckpoint: false, milestone: nil), Self.report(1), .decided(.stop)] as [TrialLife.Event] {
            _ = other.handle(event)
        }
        #expect(other.handle(.exited(.killed)) == .settle(.pruned, error: nil))
    }

    @Test mutating func `What the log says of a failure is part of it`() {
        launch()
        let ending = TrialLife.Ending.exited(1)
        let action = life.handle(
            .exited(ending, lacking: .memory(.init(.host, .said, "its log says: MemoryError")), saying: "MemoryError: 8 GiB"))
        #expect(
            action
                == .settle(
                    .pruned, error: "ended with exit code 1: MemoryError: 8 GiB; out of memory (its log says: MemoryError)"))
    }

    @Test(arguments: [Decision.pause, .complete])
    func `One that ends badly by itself has failed, wherever it was to pause`(decision: Decision) {
        for ending in [TrialLife.Ending.exited(5), .signaled(11), .timedOut(.launch(3))] {
            var copy = self
            copy.launch()
            _ = copy.life.handle(Self.report(1))
            _ = copy.life.handle(.decided(decision))
            guard case .settle(.failed, _?) = copy.life.handle(.exited(ending)) else {
                Issue.record("\(ending) after \(decision) is no failure")
                return
            }
        }
    }

    @Test mutating func `What it reports after it was weighed does not count, and is made again when it goes on`() {
        launch()
        _ = life.handle(Self.report(1))
        _ = life.handle(.decided(.pause))
        #expect(life.handle(Self.report(2)) == .none)
        _ = life.handle(.exited(.terminated))
        #expect(life.trial.reports.map(\.value) == [1])
        launch()
        #expect(life.handle(Self.report(1)) == .none)
        #expect(life.handle(Self.report(2)) == .record(Report(iter: 2, value: 2)))
    }

    @Test mutating func `In the first launch every report is new, whatever its step says`() {
        launch()
        for value in [0.1, 0.2, 0.3] { _ = life.handle(Self.report(value, step: 263)) }
        #expect(life.trial.reports.map(\.value) == [0.1, 0.2, 0.3])
    }

    @Test mutating func `Without steps, the last report made again after a checkpoint is told by its figures`() {
        launch()
        for value in [0.1, 0.2] { _ = life.handle(Self.report(value)) }
        _ = life.handle(.interrupted)
        launch(fromCheckpoint: true)
        #expect(life.handle(Self.report(0.2)) == .none)
        #expect(life.handle(Self.report(0.2)) == .record(Report(iter: 3, value: 0.2)))
    }

    @Test mutating func `Only the first decision against a launch counts`() {
        launch()
        _ = life.handle(Self.report(1))
        #expect(life.handle(.decided(.pause)) == .end(.pause))
        #expect(life.handle(.decided(.stop)) == .none)
        #expect(life.handle(.exited(.exited(0))) == .settle(.paused, error: nil))
    }

    @Test(arguments: [
        (TrialLife.Ending.exited(3), "ended with exit code 3"), (.signaled(11), "was ended by signal 11"),
        (.signaled(9), "was ended by signal 9 from outside"),
        (.exited(137), "ended with exit code 137, as after signal 9 from outside"),
        (.timedOut(.launch(90)), "was ended after 90 s (trial_timeout)"),
        (.timedOut(.silence(0.5)), "was ended after 0.5 s without any output (report_timeout)"),
    ])
    func `A process that ends badly fails its trial, though it reported`(ending: TrialLife.Ending, error: String) {
        var copy = self
        copy.launch()
        _ = copy.life.handle(Self.report(1))
        #expect(copy.life.handle(.exited(ending)) == .settle(.failed, error: error))
        #expect(copy.life.trial.state == .failed)
        #expect(copy.life.trial.reports.count == 1)
    }

    @Test mutating func `A process that ends well without any report fails its trial`() {
        launch()
        #expect(life.handle(.exited(.exited(0))) == .settle(.failed, error: "ended without a report of the study's metric"))
    }

    @Test mutating func `Promoted from a checkpoint it counts on`() {
        launch(milestone: 1)
        _ = life.handle(Self.report(0.1, step: 10))
        _ = life.handle(.decided(.pause))
        _ = life.handle(.exited(.exited(0)))
        launch(fromCheckpoint: true, milestone: 3)
        #expect(!life.isEnding)
        #expect(life.trial.launches == 2)
        #expect(life.trial.milestone == 3)
        #expect(life.handle(Self.report(0.2, step: 20)) == .record(Report(iter: 2, step: 20, value: 0.2)))
    }

    @Test mutating func `Without steps, what is reported after a checkpoint is new`() {
        launch()
        _ = life.handle(Self.report(0.1))
        _ = life.handle(.decided(.pause))
        _ = life.handle(.exited(.exited(0)))
        launch(fromCheckpoint: true)
        #expect(life.handle(Self.report(0.2)) == .record(Report(iter: 2, value: 0.2)))
    }

    @Test(arguments: [true, false])
    func `Started over it is not counted twice`(hasSteps: Bool) {
        var copy = self
        copy.launch()
        for iter in 1...2 { _ = copy.life.handle(Self.report(Double(iter), step: hasSteps ? iter * 10 : nil)) }
        #expect(copy.life.handle(.interrupted) == .settle(.waiting, error: nil))
        copy.launch()
        for iter in 1...2 {
            #expect(copy.life.handle(Self.report(7, step: hasSteps ? iter * 10 : nil)) == .none)
        }
        let third = Report(iter: 3, step: hasSteps ? 30 : nil, value: 3)
        #expect(copy.life.handle(Self.report(3, step: hasSteps ? 30 : nil)) == .record(third))
        #expect(copy.life.trial.reports.map(\.value) == [1, 2, 3])
    }

    @Test mutating func `From a checkpoint older than its last report it repeats some, by their steps`() {
        launch()
        for iter in 1...3 { _ = life.handle(Self.report(Double(iter), step: iter * 10)) }
        _ = life.handle(.interrupted)
        launch(fromCheckpoint: true)
        #expect(life.handle(Self.report(9, step: 20)) == .none)
        #expect(life.handle(Self.report(9, step: 30)) == .none)
        #expect(life.handle(Self.report(4, step: 40)) == .record(Report(iter: 4, step: 40, value: 4)))
    }

    @Test mutating func `An interruption does not touch what waits or has ended`() {
        launch()
        _ = life.handle(Self.report(1))
        _ = life.handle(.decided(.pause))
        _ = life.handle(.exited(.exited(0)))
        #expect(life.handle(.interrupted) == .none)
        #expect(life.trial.state == .paused)
        #expect(life.handle(.dropped) == .settle(.pruned, error: nil))
        #expect(life.handle(.interrupted) == .none)
        #expect(life.trial.state == .pruned)
    }

    @Test(arguments: [Trial.State.complete, .failed, .pruned])
    func `Nothing happens to a trial that has ended when the study is over`(state: Trial.State) {
        var life = TrialLife(Trial(id: Trial.ID(0), assignment: [:], state: state))
        #expect(life.handle(.dropped) == .none)
        #expect(life.trial.state == state)
    }

    @Test mutating func `Without steps the epoch tells which evaluations come again after an older checkpoint`() {
        func line(_ epoch: Double, _ value: Double) -> TrialLife.Event {
            .reported(step: nil, value: value, metrics: ["epoch": epoch, "runtime": .random(in: 0...1)])
        }
        launch()
        for epoch in 1...4 { _ = life.handle(line(Double(epoch) / 7, Double(epoch))) }
        launch(fromCheckpoint: true)
        // Printed with fewer digits than the line of JSON had.
        #expect(life.handle(line(0.2857, 2)) == .none)
        #expect(life.handle(line(0.4286, 3)) == .none)
        #expect(life.handle(line(0.5714, 4)) == .none)
        guard case .record(let report) = life.handle(line(0.7143, 5)) else {
            Issue.record("no report")
            return
        }
        #expect(report.iter == 5)
        // Epochs that begin again with each launch tell nothing.
        launch(fromCheckpoint: true)
        guard case .record = life.handle(line(1.0 / 7, 9)) else {
            Issue.record("another evaluation was taken for one of before")
            return
        }
    }
}
