import Testing

@testable import TrialRunners

/// Who gets which launch, by all that is known of the pilots; time goes as the test says.
@Suite struct PilotCrewTests {
    @Test func `a launch waits for a pilot, runs on it, and is over when the pilot says so`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        #expect(stage.crew.spare == -1)
        #expect(stage.seen("t0-l1") == ["pending "])
        stage.hire(1)
        #expect(stage.crew.spare == 0)
        _ = stage.look([1: .pending], reason: "Priority")
        #expect(stage.crew.launches.first?.reason == "Priority")
        #expect(stage.seen("t0-l1") == ["pending 101"])
        #expect(stage.crew.assign(now: stage.now).isEmpty)
        stage.say(.free, 0)
        _ = stage.look([1: .running])
        #expect(stage.crew.assign(now: stage.now) == [CrewStage.give(1, "t0-l1")])
        #expect(stage.seen("t0-l1") == ["pending 101"])
        stage.say(.begun, 1)
        #expect(stage.seen("t0-l1") == ["running 101"])
        stage.say(.over, 1, code: 0)
        #expect(stage.seen("t0-l1") == ["completed 101"])
        stage.say(.free, 1)
        #expect(stage.crew.spare == 1)
    }

    @Test func `a launch is given once, and a pilot has one at a time`() {
        var stage = CrewStage.given()
        _ = stage.crew.want(CrewStage.launch("t1-l1"))
        stage.hire(2)
        stage.say(.free, 0, pilot: 2)
        #expect(stage.crew.assign(now: stage.now) == [CrewStage.give(1, "t1-l1", to: 2)])
        _ = stage.crew.want(CrewStage.launch("t2-l1"))
        #expect(stage.crew.assign(now: stage.now).isEmpty)
        #expect(stage.crew.spare == -1)
        stage.say(.begun, 1)
        stage.say(.over, 1, code: 0)
        #expect(stage.crew.assign(now: stage.now).isEmpty)
        stage.say(.free, 1)
        #expect(stage.crew.assign(now: stage.now) == [CrewStage.give(2, "t2-l1")])
    }

    @Test func `the pilot with the most time left comes first`() {
        var stage = CrewStage()
        for number in 1...3 { stage.hire(number) }
        stage.say(.free, 0, pilot: 1, left: 100)
        stage.say(.free, 0, pilot: 2, left: 900)
        stage.say(.free, 0, pilot: 3, left: 500)
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        #expect(stage.crew.assign(now: 0) == [CrewStage.give(1, "t0-l1", to: 2)])
    }

    @Test func `a pilot without the time for the longest launch so far is sent home, unless it has run none`() {
        var stage = CrewStage()
        stage.crew = PilotCrew(prefix: "al-x-", pace: SlurmPace(), warning: 60)
        for number in 1...3 { stage.hire(number) }
        for number in 1...3 { stage.say(.free, 0, pilot: number, left: 600) }
        for name in ["t0-l1", "t1-l1"] { _ = stage.crew.want(CrewStage.launch(name)) }
        #expect(stage.crew.assign(now: 0).count == 2)
        stage.say(.over, 1, pilot: 1, code: 0, seconds: 500)
        stage.say(.over, 1, pilot: 2, code: 0, seconds: 10)
        stage.say(.free, 1, pilot: 1, left: 570)
        stage.say(.free, 1, pilot: 2, left: 570)
        stage.now = 20
        for name in ["t2-l1", "t3-l1"] { _ = stage.crew.want(CrewStage.launch(name)) }
        #expect(
            stage.crew.assign(now: 20) == [
                CrewStage.give(1, "t2-l1", to: 3), .write(PilotOrder(n: 2, end: true), pilot: 1),
                .write(PilotOrder(n: 2, end: true), pilot: 2),
            ])
        #expect(stage.crew.spare == -1)
    }

    @Test(arguments: [ListedJob.State.preempted, .nodeFailed, .timedOut, .cancelled, .outOfMemory, .failed])
    func `a pilot that is gone takes its launch with it`(state: ListedJob.State) {
        var stage = CrewStage.begun()
        #expect(stage.look([1: state]).isEmpty)
        #expect(stage.seen("t0-l1") == ["\(state) 101"])
        _ = stage.look([1: state])
        _ = stage.look([:])
        #expect(stage.seen("t0-l1") == ["\(state) 101"])
        for _ in 0..<20 { _ = stage.look([:]) }
        #expect(stage.seen("t0-l1") == [])
        #expect(stage.crew.waiting.isEmpty)
    }

    @Test func `what a pilot never began waits for another one`() {
        var stage = CrewStage.given()
        _ = stage.look([1: .preempted])
        #expect(stage.seen("t0-l1") == ["pending 101"])
        _ = stage.look([1: .preempted])
        #expect(stage.crew.waiting == [CrewStage.launch("t0-l1")])
        #expect(stage.crew.spare == -1)
    }

    @Test func `what was given as its pilot went waits again at once`() {
        var stage = CrewStage.given()
        stage.say(.gone, 0)
        #expect(stage.crew.waiting == [CrewStage.launch("t0-l1")])
        #expect(stage.seen("t0-l1") == ["pending "])
        #expect(stage.crew.assign(now: stage.now).isEmpty)
    }

    @Test func `an exit code without work is told`() {
        var stage = CrewStage.begun()
        stage.say(.over, 1, code: 78)
        #expect(stage.seen("t0-l1") == ["failed 101"])
        #expect(stage.crew.details(of: "101.t0-l1") == JobDetails(exitCode: 78, signal: 0, node: "n1"))
        #expect(stage.crew.details(of: "101.t9-l1") == nil)
    }

    @Test(arguments: [ListedJob.State.failed, .completed, .timedOut])
    func `what keeps a pilot from beginning is told of a launch that waits for it`(state: ListedJob.State) {
        var stage = CrewStage()
        for name in ["t0-l1", "t1-l1"] { _ = stage.crew.want(CrewStage.launch(name)) }
        stage.hire(1)
        #expect(stage.look([1: state]).isEmpty)
        // Nobody submits the next one before it is clear what became of this one.
        #expect(stage.crew.spare == -1)
        #expect(stage.look([1: state]) == [.show(pilot: 1, job: "101", CrewStage.launch("t0-l1"))])
        #expect(stage.seen("t0-l1") == ["\(state) 101"])
        #expect(stage.seen("t1-l1") == ["pending "])
    }

    @Test(arguments: [ListedJob.State.preempted, .nodeFailed, .cancelled])
    func `a pilot that others took the place of, or that somebody cancelled, is replaced`(state: ListedJob.State) {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        stage.hire(1)
        for _ in 0..<2 { #expect(stage.look([1: state]).isEmpty) }
        #expect(stage.seen("t0-l1") == ["pending "])
        #expect(stage.crew.spare == -1)
    }

    @Test func `a look from before a submission tells nothing of it`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        stage.hire(1)
        for _ in 0..<5 { _ = stage.crew.take([], asked: -1, now: 20) }
        #expect(stage.crew.spare == 0)
        for _ in 0..<2 { _ = stage.look([:]) }
        #expect(stage.crew.spare == -1)
    }

    @Test func `a launch that waits is dropped, and one that was given is told to its pilot`() {
        var stage = CrewStage.given()
        _ = stage.crew.want(CrewStage.launch("t1-l1"))
        #expect(stage.crew.cancel([".t1-l1"], now: stage.now) == [])
        #expect(stage.crew.waiting.isEmpty)
        let told = PilotCrew.Action.write(PilotOrder(n: 2, drop: 1), pilot: 1)
        #expect(stage.crew.cancel(["101.t0-l1"], now: stage.now) == [told])
        #expect(stage.crew.cancel(["101.t0-l1"], now: stage.now) == [])
        // It has not begun it, and does not any more.
        stage.say(.free, 2)
        #expect(stage.seen("t0-l1") == [])
        #expect(stage.crew.waiting.isEmpty)
        #expect(stage.crew.spare == 1)
    }

    @Test func `a pilot that does not hear is cancelled`() {
        var stage = CrewStage.begun()
        #expect(stage.crew.cancel(["101.t0-l1"], now: stage.now).count == 1)
        #expect(stage.crew.cancel(["101.t0-l1"], now: stage.now + 59) == [])
        #expect(stage.crew.cancel(["101.t0-l1"], now: stage.now + 61) == [.cancel("101")])
        // As long as the queue has it.
        #expect(stage.look([1: .running]) == [.cancel("101")])
        #expect(stage.look([1: .changing]) == [])
        var other = CrewStage.given()
        #expect(other.crew.cancel(["101.t0-l1"], now: other.now + 61) == [.cancel("101")])
    }

    @Test func `a launch that is submitted again goes to another pilot alone`() {
        var stage = CrewStage.given()
        #expect(stage.crew.want(CrewStage.launch("t0-l1")) == [.cancel("101")])
        #expect(stage.seen("t0-l1") == ["pending "])
        #expect(stage.crew.assign(now: stage.now) == [])
        stage.hire(2)
        stage.say(.free, 0, pilot: 2)
        #expect(stage.crew.assign(now: stage.now) == [CrewStage.give(1, "t0-l1", to: 2)])
        stage.say(.begun, 1, pilot: 1)
        #expect(stage.seen("t0-l1").count == 1)
    }

    @Test func `a pilot that the cluster alone has running is cancelled`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        stage.hire(1)
        var actions: [PilotCrew.Action] = []
        for _ in 0..<13 { actions += stage.look([1: .running]) }
        #expect(actions.first == .cancel("101"))
        #expect(stage.crew.spare == -1)
        // One with a long setup has a file at least.
        var other = CrewStage()
        other.hire(1)
        other.crew.printed(1)
        for _ in 0..<50 { #expect(other.look([1: .running]) == []) }
    }

    @Test func `a study without pilots any more ends those that are free, and takes back nothing`() {
        var stage = CrewStage.given()
        stage.hire(2)
        stage.say(.free, 0, pilot: 2)
        stage.crew.isOpen = false
        #expect(stage.crew.assign(now: stage.now) == [.write(PilotOrder(n: 1, end: true), pilot: 2)])
        #expect(stage.crew.assign(now: stage.now) == [])
        stage.say(.gone, 0)
        #expect(stage.crew.waiting.isEmpty)
        #expect(stage.seen("t0-l1") == [])
    }

    @Test func `launches that wait are given ahead to pilots that are still to begin`() {
        var stage = CrewStage()
        for name in ["t0-l1", "t1-l1"] { _ = stage.crew.want(CrewStage.launch(name)) }
        stage.hire(1)
        #expect(stage.crew.assignAhead(now: 0) == [CrewStage.give(1, "t0-l1")])
        #expect(stage.crew.waiting == [CrewStage.launch("t1-l1")])
        _ = stage.look([1: .pending])
        #expect(stage.seen("t0-l1") == ["pending 101"])
    }

    @Test func `a line that cannot be written is given to another pilot`() {
        var stage = CrewStage.given()
        #expect(stage.crew.failed(1) == [.cancel("101")])
        #expect(stage.crew.waiting == [CrewStage.launch("t0-l1")])
        #expect(stage.crew.assign(now: stage.now) == [])
    }
}
