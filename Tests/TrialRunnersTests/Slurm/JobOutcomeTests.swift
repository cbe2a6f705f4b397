import Studies
import Testing

@testable import TrialRunners

@Suite struct JobOutcomeTests {
    private static let resources = ["--nodes=1", "--ntasks=1", "--partition=gpu", "--time=120", "--mem=16384M"]

    private static func job(_ state: ListedJob.State, _ reason: String? = nil) -> ListedJob {
        ListedJob(job: "7", name: "al-x-t0-l1", state: state, reason: reason, node: "n1")
    }

    private func ending(
        _ outcome: LaunchLife.Outcome, details: JobDetails? = nil, printed: String? = nil, leftCheckpoint: Bool = false
    ) -> TrialLife.Ending {
        JobOutcome(
            outcome: outcome, details: details, printed: printed, leftCheckpoint: leftCheckpoint, resources: Self.resources
        ).completion.ending
    }

    private func ended(_ why: LaunchEnd.Why, _ ending: TrialLife.Ending, _ state: ListedJob.State?, ofOurs: Bool = false)
        -> TrialLife.Ending
    {
        let end = LaunchEnd(completion: Completion(ending: ending), why: why, reports: 1, seconds: 1, job: "7", node: "n1")
        return self.ending(.ended(end, state, ofOurs: ofOurs))
    }

    @Test func `what a trial did by itself is what it did, whatever Slurm says`() {
        for state in [ListedJob.State.outOfMemory, .timedOut, .cancelled, .completed] {
            #expect(ended(.exit, .exited(0), state) == .exited(0))
            #expect(ended(.signal, .exited(0), state) == .exited(0))
        }
        #expect(ended(.exit, .exited(3), .completed) == .exited(3))
        #expect(ended(.exit, .timedOut(.silence(5)), .completed) == .timedOut(.silence(5)))
    }

    @Test func `a job's time is no fault of the trial's`() {
        let words = "came to the end of its job's time of 2h 0m (time in the space file's runner)"
        #expect(ended(.time, .terminated, .running) == .displaced(.init(reason: words)))
        #expect(ended(.signal, .killed, .timedOut) == .displaced(.init(reason: words)))
        #expect(ended(.time, .exited(143), .running) == .displaced(.init(reason: words)))
    }

    @Test func `a fault of its own after the warning of its time is its own`() {
        let fault = Completion(
            ending: .exited(1), evidence: Evidence(shortage: .memory(.init(.device, .said, "MemoryError"))))
        let end = LaunchEnd(completion: fault, why: .time, reports: 1, seconds: 45, job: "7", node: "n1")
        let completion = JobOutcome(outcome: .ended(end, .running, ofOurs: false), resources: Self.resources).completion
        #expect(completion.ending == .exited(1))
        #expect(completion.evidence.shortage == fault.evidence.shortage)
        #expect(completion.seconds == 45)
    }

    @Test(arguments: [LaunchEnd.Why.exit, .time, .signal])
    func `what Slurm ended for its memory ran out of it, though it wrote how it ended`(why: LaunchEnd.Why) {
        let end = LaunchEnd(
            completion: Completion(ending: .signaled(9)), why: why, reports: 1, seconds: 1, job: "7", node: "n1")
        let completion = JobOutcome(outcome: .ended(end, .outOfMemory, ofOurs: false), resources: Self.resources).completion
        #expect(completion.ending == .signaled(9))
        #expect(
            completion.evidence.shortage == .memory(.init(.host, .said, "Slurm ended its job for it (--mem=16384M)")))
    }

    @Test func `reports that got lost say so`() {
        #expect(
            ending(.lost(.incomplete(reports: 8, of: 9), ofOurs: false), leftCheckpoint: true)
                == .displaced(.init(reason: "made 9 reports, of which the shared file system has kept 8")))
    }

    @Test(arguments: [
        (ListedJob.State.preempted, TrialLife.Ending.displaced(.init(reason: "was preempted on n1"))),
        (.nodeFailed, .displaced(.init(reason: "lost its node n1"))),
        (.cancelled, .cancelled("its job was cancelled by hand (scancel)")),
        (.completed, .signaled(15)),
    ]) func `a signal is explained by the job's state`(state: ListedJob.State, expected: TrialLife.Ending) {
        #expect(ended(.signal, .terminated, state) == expected)
    }

    @Test func `a signal of ours is an order`() { #expect(ended(.signal, .killed, .cancelled, ofOurs: true) == .terminated) }

    @Test func `what a run told to end that is over is nobody's end`() {
        let end = LaunchEnd(
            completion: Completion(ending: .terminated), why: .order, reports: 1, seconds: 1, job: "7", node: "n1")
        var outcome = JobOutcome(outcome: .ended(end, .completed, ofOurs: false), leftCheckpoint: true)
        #expect(outcome.completion.ending == .terminated)
        outcome.wasToldByOther = true
        let words = "was told to end by a run that is over"
        #expect(outcome.completion.ending == .displaced(.init(reason: words, leftCheckpoint: true)))
    }

    @Test func `a job that Slurm ended for its memory ran out of memory`() {
        let completion = JobOutcome(
            outcome: .lost(.over(Self.job(.outOfMemory)), ofOurs: false), resources: Self.resources
        ).completion
        #expect(completion.ending == .signaled(9))
        #expect(
            completion.evidence.shortage == .memory(.init(.host, .said, "Slurm ended its job for it (--mem=16384M)")))
    }

    @Test func `a lost node leaves what it had saved`() {
        #expect(
            ending(.lost(.over(Self.job(.nodeFailed)), ofOurs: false), leftCheckpoint: true)
                == .displaced(.init(reason: "lost its node n1", leftCheckpoint: true)))
    }

    @Test(arguments: [
        (
            JobDetails(exitCode: 78, signal: 0),
            "autolora: the study is run by autolora 0.1.0, and /x is 0.2.0 here; install one version\n",
            "its job 7 did no work on n1: autolora: the study is run by autolora 0.1.0, and /x is 0.2.0 here; install one version"
        ),
        (
            JobDetails(exitCode: 127, signal: 0), "line 4: /opt/autolora: No such file or directory\n",
            "its job 7 could not run autolora on n1: line 4: /opt/autolora: No such file or directory; it has to be at the same path on "
                + "all nodes"
        ),
        (
            JobDetails(exitCode: 0, signal: 53), nil,
            "its job 7 could not be started on n1: the study's folder has to be there and writable on all nodes"
        ),
        (
            JobDetails(exitCode: 1, signal: 0), "Lmod has detected: unknown module cuda/99\n",
            "its job 7 ended with exit code 1 on n1 before the trial began (`setup` in the runner): Lmod has detected: unknown module cuda/99"
        ),
        (
            nil, nil,
            "its job 7 ran on n1 and left nothing in its folder (Slurm: NonZeroExitCode): does that node see the study's folder?"
        ),
    ]) func `a launch that never began says what and what to do`(details: JobDetails?, printed: String?, words: String) {
        #expect(
            ending(.neverStarted(Self.job(.failed, "NonZeroExitCode")), details: details, printed: printed)
                == .notStarted(words))
    }

    @Test func `what is refused says what was asked for`() {
        #expect(
            ending(.refused("Invalid account"))
                == .notStarted(
                    "sbatch refused its job: Invalid account; see `runner` in the space file (asked for: --partition=gpu --time=120 "
                        + "--mem=16384M)"))
    }
}
