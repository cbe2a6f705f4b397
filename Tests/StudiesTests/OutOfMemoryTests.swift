import SearchSpaces
import Studies
import Testing
import TrainerSettings

/// What becomes of trials that run out of memory.
struct OutOfMemoryTests {
    private let half = TrialLife.Halving(sizes: "batch_size 8, gradient_accumulation_steps 2", keepsCheckpoint: false)
    private let said = TrialLife.Shortage.Memory(.device, .said, "its log says: CUDA out of memory")
    private let counted = TrialLife.Shortage.Memory(.host, .counted, "most likely")

    private func life(_ retries: Int = 2, halving: TrialLife.Halving? = nil, resumed: Bool = false) -> TrialLife {
        let earlier = resumed ? [Report(iter: 1, step: 1, value: 1)] : []
        var life = TrialLife(
            Trial(id: Trial.ID(4), assignment: ["r": .int(8)], state: .waiting, reports: earlier), maxRetries: retries,
            halving: halving)
        _ = life.handle(.launched(fromCheckpoint: resumed, milestone: nil))
        return life
    }

    @Test func `it is pruned with its words, and has not failed`() {
        for resumed in [false, true] {
            var life = life(resumed: resumed)
            let error =
                "ended with exit code 1: torch.OutOfMemoryError: x; out of GPU memory (its log says: CUDA out of memory)"
            #expect(
                life.handle(.exited(.exited(1), lacking: .memory(said), saying: "torch.OutOfMemoryError: x"))
                    == .settle(.pruned, error: error))
            #expect(life.trial.outOfMemory == "out of GPU memory (its log says: CUDA out of memory)")
            #expect(life.trial.isOut && life.trial.state.isFinal)
        }
    }

    @Test func `one that reported before may still be the best`() throws {
        var life = life()
        _ = life.handle(.reported(step: 1, value: 5, metrics: [:]))
        _ = life.handle(.exited(.exited(1), lacking: .memory(said)))
        #expect(History(goal: .maximize, trials: [life.trial]).best?.trial.id == Trial.ID(4))
    }

    @Test func `what the kernel killed is tried again first: a neighbor may have had the memory`() {
        var trial = life().trial
        for retry in 1...2 {
            var life = TrialLife(trial, maxRetries: 2)
            _ = life.handle(.launched(fromCheckpoint: false, milestone: nil))
            guard case .retry = life.handle(.exited(.signaled(9), lacking: .memory(counted))) else {
                Issue.record("given up at \(retry)")
                return
            }
            trial = life.trial
        }
        var last = TrialLife(trial, maxRetries: 2)
        _ = last.handle(.launched(fromCheckpoint: false, milestone: nil))
        guard case .settle(.pruned, _) = last.handle(.exited(.signaled(9), lacking: .memory(counted))) else {
            Issue.record("\(last.trial.state)")
            return
        }
        #expect(last.trial.outOfMemory == "out of memory (most likely)")
    }

    @Test func `where it is not known to be memory it fails as before`() {
        var life = life(0)
        let perhaps = TrialLife.Shortage.Memory(.host, .possible, "perhaps")
        #expect(
            life.handle(.exited(.signaled(9), lacking: .memory(perhaps)))
                == .settle(.failed, error: "was ended by signal 9 from outside; out of memory (perhaps)"))
        #expect(life.trial.outOfMemory == nil)
    }

    @Test func `with half its batch it is launched again, and that is no retry`() {
        for keeps in [false, true] {
            var life = life(halving: .init(sizes: half.sizes, keepsCheckpoint: keeps))
            let way = keeps ? "goes on" : "starts over"
            #expect(
                life.handle(.exited(.exited(1), lacking: .memory(said)))
                    == .retry(
                        fromCheckpoint: keeps,
                        error:
                            "ended with exit code 1; \(said.words); it \(way) with batch_size 8, gradient_accumulation_steps 2")
            )
            #expect(life.trial.halvings == 1 && life.trial.retries == 0)
            #expect(life.trial.state == .waiting && life.trial.outOfMemory == nil)
        }
    }

    @Test func `what its scheduler stopped is pruned and no more`() {
        var life = life()
        _ = life.handle(.reported(step: 1, value: 5, metrics: [:]))
        _ = life.handle(.decided(.stop))
        #expect(life.handle(.exited(.exited(1), lacking: .memory(said))) == .settle(.pruned, error: nil))
        #expect(life.trial.outOfMemory == nil)
    }

    // MARK: - The run

    private func trial(_ state: Trial.State, short: Bool = false) -> Trial {
        var trial = Trial(id: Trial.ID(0), assignment: [:], state: state)
        if short { trial.outOfMemory = "out of memory" }
        return trial
    }

    @Test func `neither max_failures nor the rule of the first failures counts it`() {
        var limited = FailureLimit(2)
        for _ in 0..<10 { _ = limited.note(trial(.pruned, short: true)) }
        _ = limited.note(trial(.failed))
        #expect(limited.reason == nil)
        var open = FailureLimit(nil)
        for _ in 0..<4 { _ = open.note(trial(.failed)) }
        for _ in 0..<4 { _ = open.note(trial(.pruned, short: true)) }
        #expect(open.reason == nil)
        // It is nothing that has worked either.
        _ = open.note(trial(.failed))
        #expect(open.reason == "the first 5 trials of this run have all failed")
    }

    @Test func `a run in which trials only run out of memory says so once, and is given up in the end`() {
        var limit = FailureLimit(nil)
        let words = (0..<FailureLimit.firstOutOfMemory).map { _ in limit.note(trial(.pruned, short: true)) }
        #expect(words.compactMap(\.self).count == 1)
        #expect(words[FailureLimit.firstFailures - 1]?.contains("5 in all, ran out of memory") == true)
        #expect(limit.reason?.hasPrefix("the first 15 trials of this run have all run out of memory") == true)
        var mended = FailureLimit(nil)
        _ = mended.note(trial(.complete))
        #expect((0..<30).allSatisfy { _ in mended.note(trial(.pruned, short: true)) == nil })
        #expect(mended.reason == nil)
    }
}
