import Studies
import Testing

@testable import TrialRunners

/// What is done about a launch, by all that is known of it; time goes as the test says.
@Suite struct LaunchLifeTests {
    /// A launch, its queue and its files.
    private struct Stage {
        var life: LaunchLife
        var now = 0.0
        var looks = 0
        var jobs: [ListedJob] = []
        var signs = LaunchLife.Signs()
        var isWanted = true
        var silence: (seconds: Double, reason: String)?

        init(wasBegun: Bool = false) {
            life = LaunchLife(name: "al-x-t0-l1", wasBegun: wasBegun, grace: 10, pace: SlurmPace(), now: 0)
        }

        /// What is done, the words to people left out.
        mutating func after(_ seconds: Double = 2, look: Bool = false) -> [LaunchLife.Action] {
            now += seconds
            if look { looks += 1 }
            let asked = look ? now : now - seconds
            return life.consider(signs, looks: looks, asked: asked, jobs: jobs, silence: silence, isWanted: isWanted, now: now)
                .filter { if case .tell = $0 { false } else { $0 != .hasten } }
        }

        /// Looks until something is done, at most so often.
        mutating func until(_ most: Int = 30) -> [LaunchLife.Action] {
            for _ in 0..<most {
                let actions = after(15, look: true)
                if !actions.isEmpty { return actions }
            }
            return []
        }

        mutating func submitted() {
            #expect(after() == [.submit])
            _ = life.take(.accepted("7"), now: now)
        }

        mutating func running() {
            submitted()
            jobs = [job(.running)]
            signs = .init(starts: 1, beat: 1, reports: 1)
            #expect(after(15, look: true) == [])
        }

        /// What is told two seconds later.
        mutating func told() -> JobState? {
            now += 2
            let actions = life.consider(signs, looks: looks, asked: now - 1, jobs: jobs, isWanted: isWanted, now: now)
            return actions.lazy.compactMap { if case .tell(let state) = $0 { state } else { nil } }.last
        }

        /// How it is over; orders on the way are passed over.
        mutating func outcome() -> LaunchLife.Outcome? {
            for _ in 0..<4 {
                for case .settle(let outcome) in until() { return outcome }
            }
            return nil
        }
    }

    private static func job(_ state: ListedJob.State, _ reason: String? = nil, number: String = "7") -> ListedJob {
        ListedJob(job: number, name: "al-x-t0-l1", state: state, reason: reason, node: state == .pending ? nil : "n1")
    }

    private static func end(_ why: LaunchEnd.Why = .exit) -> LaunchEnd {
        LaunchEnd(completion: Completion(ending: .exited(0)), why: why, reports: 1, seconds: 1, job: "7", node: "n1")
    }

    @Test func `a launch that wrote its end is over without a look at the queue`() {
        var stage = Stage()
        stage.running()
        stage.signs.end = Self.end()
        #expect(stage.after() == [.settle(.ended(Self.end(), .running, ofOurs: false))])
        #expect(stage.after() == [])
    }

    @Test func `an end waits for the reports before it, and without them the launch is lost`() {
        var stage = Stage()
        stage.running()
        (stage.signs.end, stage.signs.reports) = (Self.end(), 0)
        #expect(stage.after() == [])
        stage.signs.reports = 1
        var other = stage
        #expect(stage.after() == [.settle(.ended(Self.end(), .running, ofOurs: false))])
        other.signs.reports = 0
        #expect(other.after(30) == [])
        #expect(other.after(31) == [.settle(.lost(.incomplete(reports: 0, of: 1), ofOurs: false))])
    }

    @Test func `an end that was announced is waited for longer than one that was not`() {
        for isAnnounced in [false, true] {
            var stage = Stage()
            stage.running()
            (stage.jobs, stage.signs.isAnnounced) = ([], isAnnounced)
            let actions = (0..<6).flatMap { _ in stage.after(15, look: true) }
            let lost = LaunchLife.Action.settle(.lost(.over(nil), ofOurs: false))
            #expect(actions == (isAnnounced ? [.order] : [.order, lost]))
            stage.signs.end = Self.end()
            #expect(stage.after() == (isAnnounced ? [.settle(.ended(Self.end(), nil, ofOurs: false))] : []))
        }
    }

    @Test func `why a signal came is in the queue`() {
        var stage = Stage()
        stage.running()
        stage.signs.end = Self.end(.signal)
        #expect(stage.after() == [])
        #expect(stage.after(15, look: true) == [])
        stage.jobs = [Self.job(.preempted)]
        #expect(stage.after(15, look: true) == [.settle(.ended(Self.end(.signal), .preempted, ofOurs: false))])
    }

    @Test func `what may have been submitted is not submitted again before two looks show nothing`() {
        var stage = Stage()
        #expect(stage.after() == [.submit])
        _ = stage.life.take(.unclear("Socket timed out"), now: stage.now)
        #expect(stage.after() == [])
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after() == [.submit])
    }

    @Test func `what was submitted after all is followed by its name`() {
        var stage = Stage()
        #expect(stage.after() == [.submit])
        _ = stage.life.take(.unclear("Socket timed out"), now: stage.now)
        stage.jobs = [Self.job(.pending, number: "9")]
        for _ in 0..<5 { #expect(stage.after(15, look: true) == []) }
        stage.isWanted = false
        #expect(stage.after() == [.order, .cancel(["9"]), .settle(.withdrawn)])
    }

    @Test func `the record of a refused job is no job`() {
        var stage = Stage(wasBegun: true)
        stage.jobs = [Self.job(.failed, "BadConstraints")]
        #expect(stage.until(3) == [.submit] || stage.after() == [.submit])
    }

    @Test func `a launch of an earlier controller that the queue lacks is submitted, as nothing of it has begun`() {
        var stage = Stage(wasBegun: true)
        #expect(stage.after() == [])
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after() == [.submit])
    }

    @Test func `a look that was begun before a submission tells nothing of it`() {
        var stage = Stage()
        #expect(stage.after() == [.submit])
        _ = stage.life.take(.accepted("7"), now: stage.now + 20)
        for _ in 0..<4 {
            stage.looks += 1
            #expect(
                stage.life.consider(
                    stage.signs, looks: stage.looks, asked: stage.now, jobs: [], isWanted: true, now: stage.now + 30
                )
                .allSatisfy { if case .tell = $0 { true } else { $0 == .hasten } })
        }
    }

    @Test func `a job that slurmctld forgot is submitted again, and after three times the run stops`() {
        var stage = Stage()
        for number in 1...3 {
            if number > 1 {
                #expect(stage.until(4) == [.submit] || stage.after() == [.submit])
            } else {
                #expect(stage.after() == [.submit])
            }
            _ = stage.life.take(.accepted("\(number)"), now: stage.now)
        }
        #expect(stage.outcome() == .neverStarted(nil))
    }

    @Test func `a job that ended and began nothing is settled after three looks`() {
        var stage = Stage()
        stage.submitted()
        stage.jobs = [Self.job(.failed, "NonZeroExitCode")]
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after(15, look: true) == [.settle(.neverStarted(Self.job(.failed, "NonZeroExitCode")))])
    }

    @Test func `a job that its node refused is submitted again, one that somebody cancelled is not`() {
        for (node, hasOutput) in [("n1", false), ("n1", true), (nil, false)] as [(String?, Bool)] {
            var stage = Stage()
            stage.submitted()
            stage.jobs = [ListedJob(job: "7", name: "al-x-t0-l1", state: .cancelled, node: node)]
            stage.signs.hasOutput = hasOutput
            for _ in 0..<2 { #expect(stage.after(15, look: true) == []) }
            let isRefused = node != nil && !hasOutput
            #expect(stage.after(15, look: true) == (isRefused ? [] : [.settle(.neverStarted(stage.jobs[0]))]))
            #expect(stage.after() == (isRefused ? [.submit] : []))
        }
    }

    @Test func `a job that runs in Slurm's books alone is cancelled and submitted again, a slow setup is waited for`() {
        var stage = Stage()
        stage.submitted()
        stage.jobs = [Self.job(.running)]
        for _ in 0..<12 { #expect(stage.after(15, look: true) == []) }
        #expect(stage.after(15, look: true) == [.cancel(["7"])])
        #expect(stage.after() == [.submit])
        stage = Stage()
        stage.submitted()
        stage.jobs = [Self.job(.running)]
        stage.signs.hasOutput = true
        for _ in 0..<100 { #expect(stage.after(15, look: true) == []) }
    }

    @Test func `what will never be granted is cancelled after two looks`() {
        var stage = Stage()
        stage.submitted()
        stage.jobs = [Self.job(.pending, "PartitionTimeLimit")]
        #expect(stage.after(15, look: true) == [])
        #expect(stage.after(15, look: true) == [.cancel(["7"]), .settle(.hopeless(stage.jobs[0]))])
    }

    @Test(arguments: ["Resources", "Priority", "PartitionDown", "JobHeldUser", "QOSMaxJobsPerUserLimit", "ReqNodeNotAvail"])
    func `whatever passes is waited for`(reason: String) {
        var stage = Stage()
        stage.submitted()
        stage.jobs = [Self.job(.pending, reason)]
        for _ in 0..<100 { #expect(stage.after(15, look: true) == []) }
    }

    @Test func `a job that is gone without a word is lost once it gives no sign of life`() {
        var stage = Stage()
        stage.running()
        stage.jobs = [Self.job(.nodeFailed)]
        #expect(stage.outcome() == .lost(.over(Self.job(.nodeFailed)), ofOurs: false))
        #expect(stage.now >= 15 + 60)
    }

    @Test func `a job that lives on and is unknown to the queue is told to end`() {
        var stage = Stage()
        stage.running()
        stage.jobs = []
        for beat in 2...4 {
            stage.signs.beat = beat
            #expect(stage.after(15, look: true) == (beat == 4 ? [.order] : []))
        }
        stage.signs.end = Self.end(.order)
        #expect(stage.after() == [.settle(.lost(.over(nil), ofOurs: false))])
    }

    @Test func `a job that gives no sign of life for three minutes is cancelled`() {
        var stage = Stage()
        stage.running()
        for _ in 0..<11 { #expect(stage.after(15, look: true) == []) }
        #expect(stage.after(15, look: true) == [.kill(["7"]), .settle(.lost(.deaf(Self.job(.running)), ofOurs: false))])
    }

    @Test func `a job that is suspended need not give a sign`() {
        var stage = Stage()
        stage.running()
        stage.jobs = [Self.job(.suspended)]
        for _ in 0..<100 { #expect(stage.after(15, look: true) == []) }
    }

    @Test func `silence of the queue is no news, and is told`() {
        var stage = Stage()
        stage.running()
        stage.silence = (100, "connect failure")
        for beat in 2..<200 {
            stage.signs.beat = beat
            #expect(stage.after(15) == [])
        }
        stage.silence = (200, "no route")
        stage.now += 2
        let actions = stage.life.consider(
            stage.signs, looks: stage.looks, asked: 0, jobs: stage.jobs, silence: stage.silence, isWanted: true, now: stage.now)
        guard case .tell(let state)? = actions.last else {
            Issue.record("nothing is told")
            return
        }
        #expect(state.reason == "Slurm does not answer (no route)")
    }

    @Test func `files that cannot be read are no news, and what they said once holds`() {
        var stage = Stage()
        stage.running()
        stage.jobs = []
        let signs = stage.signs
        stage.signs = .init(isReadable: false)
        for _ in 0..<100 { #expect(stage.after(15, look: true) == []) }
        stage.jobs = [Self.job(.running)]
        stage.signs = signs
        stage.signs.beat = 50
        #expect(stage.after(15, look: true) == [])
        // Missing, where all else is there.
        stage.signs = .init()
        for _ in 0..<11 { #expect(stage.after(15, look: true) == []) }
        stage.signs = signs
        stage.signs.end = Self.end()
        #expect(stage.after() == [.settle(.ended(Self.end(), .running, ofOurs: false))])
    }

    @Test func `one that is to end and whose files cannot be read is not waited for without end`() {
        var stage = Stage()
        #expect(stage.after() == [.submit])
        stage.signs.isReadable = false
        stage.isWanted = false
        #expect(stage.after() == [.cancel([]), .settle(.withdrawn)])
        stage = Stage()
        stage.running()
        stage.signs.isReadable = false
        stage.isWanted = false
        #expect(stage.after() == [.order])
        // Its grace time, and a minute for what may come back.
        for _ in 0..<34 { #expect(stage.after() == []) }
        #expect(stage.after() == [.kill(["7"]), .settle(.lost(.over(Self.job(.running)), ofOurs: true))])
    }

    @Test func `what was put back into the queue and has ended need not start again to be over`() {
        var stage = Stage()
        stage.running()
        stage.signs.end = Self.end(.signal)
        #expect(stage.after() == [])
        stage.jobs = [Self.job(.changing)]
        #expect(stage.after(15, look: true) == [])
        stage.jobs = [Self.job(.pending, "BeginTime")]
        #expect(stage.after(15, look: true) == [.cancel(["7"]), .settle(.lost(.requeued, ofOurs: false))])
    }

    @Test func `a second start waits for the first one to give way`() {
        var stage = Stage()
        stage.running()
        stage.signs.starts = 2
        #expect(stage.after() == [])
        stage.signs.isFenced = true
        #expect(stage.after() == [.cancel(["7"]), .settle(.lost(.startedTwice, ofOurs: false))])
    }

    @Test func `what was put back into the queue is cancelled once its first start is quiet`() {
        var stage = Stage()
        stage.running()
        stage.jobs = [Self.job(.pending, "BeginTime")]
        let actions = stage.until()
        #expect(actions == [.kill(["7"]), .settle(.lost(.requeued, ofOurs: false))])
    }

    @Test func `one that is to end is told so, and cancelled where it does not`() {
        var stage = Stage()
        stage.running()
        stage.isWanted = false
        #expect(stage.after() == [.order])
        for beat in 2...11 {
            stage.signs.beat = beat
            #expect(stage.after(15, look: true) == [])
        }
        stage.signs.beat = 12
        #expect(stage.after(15, look: true) == [.cancel(["7"])])
        stage.jobs = [Self.job(.cancelled)]
        #expect(stage.outcome() == .lost(.over(Self.job(.cancelled)), ofOurs: true))
        // Without a sign of life with what runs it.
        stage = Stage()
        stage.running()
        stage.isWanted = false
        #expect([stage.until(), stage.until()] == [[.order], [.kill(["7"])]])
    }

    @Test func `one that never began is taken back at once`() {
        var stage = Stage()
        stage.isWanted = false
        #expect(stage.after() == [.order, .settle(.withdrawn)])
    }

    @Test func `a full queue is said and tried again`() {
        var stage = Stage()
        #expect(stage.after() == [.submit])
        #expect(
            stage.life.take(.full("QOSMaxSubmitJobPerUserLimit"), now: stage.now) == [
                .tell(JobState(name: "al-x-t0-l1", phase: .submitting, reason: "QOSMaxSubmitJobPerUserLimit"))
            ])
        #expect(stage.after() == [.submit])
    }

    @Test func `a start that is seen before the queue has it running is no requeue`() {
        var stage = Stage()
        stage.submitted()
        stage.jobs = [Self.job(.pending, "Resources")]
        #expect(stage.after(15, look: true) == [])
        stage.signs = .init(starts: 1, beat: 1, node: "n2")
        #expect(stage.told() == JobState(name: "al-x-t0-l1", job: "7", phase: .running, node: "n2"))
        stage.now += 15
        stage.looks += 1
        var requeued = JobState(name: "al-x-t0-l1", job: "7", phase: .pending, reason: "Resources")
        requeued.isRequeued = true
        #expect(stage.told() == requeued)
    }
}
