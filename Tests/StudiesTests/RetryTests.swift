import SearchSpaces
import Studies
import Testing
import TrainerSettings

/// What becomes of trials whose process did not end by their own doing.
struct RetryTests {
    private func life(maxRetries: Int = 2, reports: Int = 1, fromCheckpoint: Bool = false) -> TrialLife {
        let earlier = (0..<reports).map { Report(iter: $0 + 1, step: $0 + 1, value: 1) }
        let trial = Trial(id: Trial.ID(4), assignment: ["r": .int(8)], state: .waiting, reports: earlier, launches: 1)
        var life = TrialLife(trial, maxRetries: maxRetries)
        _ = life.handle(.launched(fromCheckpoint: fromCheckpoint, milestone: nil))
        return life
    }

    @Test(arguments: [
        TrialLife.Ending.signaled(9), .signaled(15), .signaled(1), .exited(137), .exited(143), .relayed(signal: 9, code: 1),
    ])
    func `Killed from outside, a trial goes on with its number, parameters and reports`(ending: TrialLife.Ending) {
        var life = life()
        _ = life.handle(.reported(step: 2, value: 2, metrics: [:]))
        guard case .retry(fromCheckpoint: true, let error) = life.handle(.exited(ending)) else {
            Issue.record("\(ending) is no reason to go on")
            return
        }
        #expect(error == "\(ending.words); it goes on (retry 1 of 2)")
        #expect(life.trial.state == .waiting)
        #expect(life.trial.retries == 1)
        #expect(life.trial.id == Trial.ID(4))
        #expect(life.trial.assignment == ["r": .int(8)])
        // What it reports again does not count twice.
        var next = TrialLife(life.trial, maxRetries: 2)
        _ = next.handle(.launched(fromCheckpoint: true, milestone: nil))
        #expect(next.handle(.reported(step: 2, value: 2, metrics: [:])) == .none)
        #expect(next.handle(.reported(step: 3, value: 3, metrics: [:])) == .record(Report(iter: 3, step: 3, value: 3)))
    }

    @Test(arguments: [0, 1, 2, 5]) func `It is launched again as often as is allowed, then it has failed`(limit: Int) {
        var trial = life().trial
        for _ in 0..<limit {
            var life = TrialLife(trial, maxRetries: limit)
            _ = life.handle(.launched(fromCheckpoint: false, milestone: nil))
            guard case .retry = life.handle(.exited(.signaled(9))) else {
                Issue.record("given up after \(life.trial.retries) of \(limit)")
                return
            }
            trial = life.trial
        }
        var last = TrialLife(trial, maxRetries: limit)
        _ = last.handle(.launched(fromCheckpoint: false, milestone: nil))
        #expect(last.handle(.exited(.signaled(9))) == .settle(.failed, error: "was ended by signal 9 from outside"))
    }

    @Test(arguments: [TrialLife.Ending.exited(1), .exited(127), .signaled(11), .signaled(6), .timedOut(.silence(3))])
    func `What fails by itself is not launched again`(ending: TrialLife.Ending) {
        var life = life()
        #expect(life.handle(.exited(ending)) == .settle(.failed, error: ending.words))
    }

    @Test(arguments: [TrialLife.Ending.exited(2), .signaled(11), .timedOut(.silence(3))])
    func `What cannot go on from its checkpoint starts over, once`(ending: TrialLife.Ending) {
        var resumed = life(fromCheckpoint: true)
        let way = "it starts over, as its checkpoint was not complete or could not be read"
        #expect(resumed.handle(.exited(ending)) == .retry(fromCheckpoint: false, error: "\(ending.words); \(way)"))
        var over = TrialLife(resumed.trial, maxRetries: 2)
        _ = over.handle(.launched(fromCheckpoint: false, milestone: nil))
        #expect(over.handle(.exited(ending)) == .settle(.failed, error: ending.words))
    }

    @Test func `What went on from its checkpoint and then fails has failed`() {
        var life = life(fromCheckpoint: true)
        _ = life.handle(.reported(step: 2, value: 2, metrics: [:]))
        #expect(life.handle(.exited(.exited(3))) == .settle(.failed, error: "ended with exit code 3"))
        var long = self.life(fromCheckpoint: true)
        let ending = TrialLife.Ending.timedOut(.launch(60))
        #expect(long.handle(.exited(ending)) == .settle(.failed, error: ending.words))
    }

    @Test(arguments: [(Decision.pause, Trial.State.paused), (.complete, .complete), (.stop, .pruned)])
    func `Killed after its last report was weighed, it is what was decided`(decision: Decision, state: Trial.State) {
        var life = life()
        _ = life.handle(.reported(step: 2, value: 2, metrics: [:]))
        _ = life.handle(.decided(decision))
        #expect(life.handle(.exited(.signaled(9))) == .settle(state, error: nil))
    }

    @Test func `Where processes cannot be started, or the disk is full, it waits, and that is no retry`() {
        var life = life()
        #expect(life.handle(.exited(.notStarted("no process"))) == .settle(.waiting, error: "no process"))
        life = self.life()
        let full = TrialLife.Shortage.disk("0 MiB are left")
        let error = "ended with exit code 1; the disk is full (0 MiB are left)"
        #expect(life.handle(.exited(.exited(1), lacking: full)) == .settle(.waiting, error: error))
        #expect(life.trial.retries == 0)
    }

    @Test func `A want of memory is told`() {
        var life = life(maxRetries: 0)
        let lack = TrialLife.Shortage.memory(.init(.host, .said, "its log says: MemoryError"))
        let error = "ended with exit code 1; out of memory (its log says: MemoryError)"
        #expect(life.handle(.exited(.exited(1), lacking: lack)) == .settle(.pruned, error: error))
    }

    private func reason(_ limit: Int?, _ states: [Trial.State]) -> String? {
        var failures = FailureLimit(limit)
        for state in states { _ = failures.note(Trial(id: Trial.ID(0), assignment: [:], state: state)) }
        return failures.reason
    }

    @Test func `A run is given up after so many failures`() {
        #expect(reason(2, [.failed, .complete]) == nil)
        #expect(reason(2, [.failed, .complete, .failed]) == "2 trials have failed in this run (max_failures 2)")
        #expect(reason(2, [.failed, .waiting, .waiting]) == nil)
    }

    @Test func `Without a limit it is given up only where nothing else came of it`() {
        let some = [Trial.State](repeating: .failed, count: FailureLimit.firstFailures - 1)
        #expect(reason(nil, some) == nil)
        #expect(reason(nil, some + [.failed]) == "the first 5 trials of this run have all failed")
        for state in [Trial.State.complete, .paused, .pruned] {
            #expect(reason(nil, [state] + some + some) == nil)
            #expect(reason(nil, some + [state] + some) == nil)
        }
    }
}
