import Studies
import Testing

@testable import TrialRunners

/// What becomes of a launch whose job, or whose pilot, is over before anything of it has begun; time goes as the test says.
@Suite struct JobSetupTests {
    private var life = LaunchLife(name: "al-x-t0-l1", wasBegun: false, grace: 10, pace: SlurmPace(), now: 0)
    private var now = 0.0
    private var looks = 0

    /// What is done after a look that had one job or none, the words to people left out.
    private mutating func after(_ job: ListedJob?) -> [LaunchLife.Action] {
        (now, looks) = (now + 15, looks + 1)
        var signs = LaunchLife.Signs()
        signs.hasOutput = true
        return life.consider(signs, looks: looks, asked: now, jobs: job.map { [$0] } ?? [], isWanted: true, now: now)
            .filter { if case .tell = $0 { false } else { $0 != .hasten } }
    }

    private static func job(_ number: String, _ state: ListedJob.State) -> ListedJob {
        ListedJob(job: number, name: "al-x-t0-l1", state: state, node: "n1")
    }

    @Test(arguments: [false, true])
    mutating func `one that lost its place is submitted again, however often`(isForgotten: Bool) {
        _ = life.take(.accepted("7"), now: now)
        let job = Self.job("7", .preempted)
        for _ in 0..<6 {
            #expect(after(job) == [])
            for _ in 0..<2 { #expect(after(isForgotten ? nil : job) == []) }
            #expect(after(isForgotten ? nil : job) == [.submit])
            _ = life.take(.accepted("7"), now: now)
        }
    }

    @Test mutating func `one whose node failed is submitted again, three times in all`() {
        let job = Self.job("7", .nodeFailed)
        _ = life.take(.accepted("7"), now: now)
        for _ in 0..<2 {
            for _ in 0..<3 { #expect(after(job) == []) }
            #expect(after(job) == [.submit])
            _ = life.take(.accepted("7"), now: now)
        }
        for _ in 0..<2 { #expect(after(job) == []) }
        #expect(after(job) == [.settle(.neverStarted(job))])
        #expect(
            JobOutcome(outcome: .neverStarted(job)).completion.ending
                == .notStarted(
                    "none of 3 jobs in a row came to begin it, and the last (7) lost its node n1: `sinfo -R` says what is wrong with nodes"
                ))
    }

    @Test mutating func `the pilot that a launch has waited for need not be the one that tells of its end`() {
        _ = life.take(.accepted("7.t0-l1"), now: now)
        #expect(after(Self.job("7.t0-l1", .pending)) == [])
        let failed = Self.job("8.t0-l1", .failed)
        for _ in 0..<2 { #expect(after(failed) == []) }
        #expect(after(failed) == [.settle(.neverStarted(failed))])
    }
}
