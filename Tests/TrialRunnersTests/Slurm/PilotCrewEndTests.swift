import Testing

@testable import TrialRunners

/// Which pilots are ended, and what becomes of launches whose pilot does not do as it should.
@Suite struct PilotCrewEndTests {
    @Test(arguments: [ListedJob.State.timedOut, .cancelled])
    func `the third pilot in a row that was never free stops the run`(state: ListedJob.State) {
        var stage = CrewStage()
        for number in 1...3 {
            _ = stage.crew.want(CrewStage.launch("t\(number)-l1"))
            stage.hire(number)
            stage.crew.printed(number)
            for _ in 0..<2 { _ = stage.look([number: state]) }
        }
        let failed = stage.crew.launches.filter { $0.state == .failed }
        #expect(failed.count == 1)
        let words = failed.first.flatMap { stage.crew.details(of: $0.job)?.obstacle } ?? ""
        #expect(words.hasPrefix("3 pilots in a row (jobs 101, 102, 103) ended before they could take a launch, and the last "))
    }

    @Test func `one that is free between others that are not starts the count from nothing`() {
        var stage = CrewStage()
        for number in 1...5 {
            _ = stage.crew.want(CrewStage.launch("t\(number)-l1"))
            stage.hire(number)
            stage.crew.printed(number)
            if number == 3 { stage.say(.free, 0, pilot: 3) }
            for _ in 0..<2 { _ = stage.look([number: .cancelled]) }
        }
        #expect(!stage.crew.launches.contains { $0.state == .failed })
    }

    @Test func `one that lost its place in its setup is replaced each time, and counts for nothing`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        for number in 1...9 {
            stage.hire(number)
            stage.crew.printed(number)
            let other: ListedJob.State = number % 4 == 0 && number < 8 ? .timedOut : .preempted
            for _ in 0..<2 { _ = stage.look([number: other]) }
            if other == .timedOut { _ = stage.crew.want(CrewStage.launch("t0-l1")) }
            #expect(stage.seen("t0-l1") == ["pending "], "after pilot \(number)")
            #expect(stage.crew.spare == -1)
        }
        #expect(stage.crew.fruitless == ["104"])
    }

    @Test func `three nodes in a row that fail under a setup stop the run, one that takes many pilots with it does not`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        for number in 1...7 {
            stage.hire(number)
            for _ in 0..<2 { _ = stage.look([number: .nodeFailed], node: number < 6 ? "n1" : "n\(number)") }
        }
        #expect(stage.crew.fruitless == ["101", "106", "107"])
        let obstacle = stage.crew.details(of: "107.t0-l1")?.obstacle
        #expect(obstacle?.hasSuffix("the last lost its node: `sinfo -R` says what is wrong with nodes") == true)
    }

    @Test func `how a pilot ended is known though Slurm forgets it at once`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        for number in 1...4 {
            stage.hire(number)
            stage.crew.printed(number)
            _ = stage.look([number: .preempted])
            _ = stage.look([:])
        }
        #expect(stage.crew.fruitless == [])
        var begun = CrewStage.begun()
        _ = begun.look([1: .nodeFailed])
        for _ in 0..<3 { _ = begun.look([:]) }
        #expect(begun.seen("t0-l1") == ["nodeFailed 101"])
    }

    @Test func `pilots that an earlier run took back, or that were over before this one, do not stop it`() {
        var stage = CrewStage()
        for number in 1...8 {
            stage.crew.hire(CrewPilot(number, name: "al-x-w\(number)", since: -.infinity))
            if number < 5 { stage.crew.pilots[number - 1].endTold = 0 }
            _ = stage.crew.want(CrewStage.launch("t\(number)-l1"))
        }
        // Some still leave the queue as it comes.
        _ = stage.look(Dictionary(uniqueKeysWithValues: (1...8).map { ($0, $0 < 5 ? .pending : .cancelled) }))
        for _ in 0..<2 { _ = stage.look(Dictionary(uniqueKeysWithValues: (1...8).map { ($0, .cancelled) })) }
        #expect(stage.crew.fruitless == [])
        #expect(!stage.crew.launches.contains { $0.state != .pending })
    }

    @Test func `a node that has another job of its number cancels a pilot, which counts for nothing`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        for number in 1...4 {
            stage.hire(number)
            for _ in 0..<2 { _ = stage.look([number: .cancelled]) }
        }
        #expect(stage.crew.fruitless == [])
    }

    @Test func `one that Slurm forgets in its setup counts, one that it forgets before does not`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        for number in 1...6 {
            stage.hire(number)
            if number > 3 { stage.crew.printed(number) }
            _ = stage.look([number: .running])
            for _ in 0..<2 { _ = stage.look([:]) }
            #expect(stage.crew.fruitless.count == max(0, number - 3))
        }
        let obstacle = stage.crew.details(of: "106.t0-l1")?.obstacle
        #expect(obstacle?.contains("(jobs 104, 105, 106)") == true)
        #expect(obstacle?.contains("Slurm no longer knows why") == true)
    }

    /// One launch runs, two wait for pilots that are in the queue.
    private static func busy() -> CrewStage {
        var stage = CrewStage.begun()
        for number in 2...3 {
            _ = stage.crew.want(CrewStage.launch("t\(number)-l1"))
            stage.hire(number)
            // It was on a node, and in its setup.
            stage.crew.printed(number)
        }
        _ = stage.look([1: .running, 2: .running, 3: .running])
        return stage
    }

    @Test(arguments: [ListedJob.State.changing, .cancelled])
    func `all cancelled at once is one event, of which launches that wait are a part`(first: ListedJob.State) {
        var stage = Self.busy()
        let ends = [(1, 2), (2, 1), (3, 1)].map { PilotCrew.Action.write(PilotOrder(n: $1, end: true), pilot: $0) }
        #expect(stage.look([1: first, 2: .cancelled, 3: .cancelled]) == ends)
        #expect(stage.crew.close(now: stage.now) == [])
        let waited = first == .cancelled ? "cancelled 101" : "cancelled 102"
        #expect(["t0-l1", "t2-l1", "t3-l1"].flatMap(stage.seen) == ["\(first) 101", waited, waited])
        #expect(stage.crew.spare >= 0)
        for _ in 0..<5 { _ = stage.look([1: .cancelled, 2: .cancelled, 3: .cancelled]) }
        #expect(stage.seen("t2-l1").first?.hasPrefix("cancelled") == true)
        #expect(stage.crew.fruitless == [])
    }

    @Test func `pilots that said in time that they go are a part of it, and one that ended long before is not`() {
        var stage = Self.busy()
        stage.say(.free, 0, pilot: 2)
        #expect(stage.crew.assign(now: stage.now) == [CrewStage.give(1, "t2-l1", to: 2)])
        stage.say(.begun, 1, pilot: 2)
        for _ in 0..<3 { _ = stage.look([1: .running, 2: .nodeFailed, 3: .pending]) }
        stage.say(.gone, 1, pilot: 1)
        #expect(stage.look([1: .changing, 2: .nodeFailed, 3: .cancelled]).count == 3)
        #expect(["t0-l1", "t2-l1", "t3-l1"].flatMap(stage.seen) == ["changing 101", "nodeFailed 102", "cancelled 103"])
    }

    @Test func `a node that cancels pilots of other jobs' numbers is nobody's hand`() {
        var stage = CrewStage()
        for number in 1...2 {
            _ = stage.crew.want(CrewStage.launch("t\(number)-l1"))
            stage.hire(number)
        }
        for _ in 0..<2 { _ = stage.look([1: .cancelled, 2: .cancelled]) }
        #expect(["t1-l1", "t2-l1"].flatMap(stage.seen) == ["pending ", "pending "])
    }

    @Test func `where some live on, launches that wait go to other pilots`() {
        var stage = Self.busy()
        for _ in 0..<2 { _ = stage.look([1: .running, 2: .cancelled, 3: .cancelled]) }
        #expect(["t2-l1", "t3-l1"].flatMap(stage.seen) == ["pending ", "pending "])
        #expect(stage.crew.spare == -2)
    }

    @Test func `what was cancelled before this controller came is no event of its run`() {
        var stage = CrewStage()
        for number in 1...2 {
            stage.crew.hire(CrewPilot(number, name: "al-x-w\(number)", since: -.infinity))
            stage.crew.printed(number)
        }
        for trial in 0...1 { _ = stage.crew.want(CrewStage.launch("t\(trial)-l1")) }
        for _ in 0..<2 { _ = stage.look([1: .cancelled, 2: .cancelled]) }
        #expect(["t0-l1", "t1-l1"].flatMap(stage.seen) == ["pending ", "pending "])
    }

    @Test func `with fewer workers pilots that wait leave the queue, the newest first, then those that are free end`() {
        var stage = CrewStage()
        stage.crew.workers = 4
        for number in 1...4 { stage.hire(number) }
        for number in 1...2 { stage.say(.free, 0, pilot: number) }
        let states: [Int: ListedJob.State] = [1: .running, 2: .running, 3: .pending, 4: .pending]
        #expect(stage.look(states) == [])
        stage.crew.workers = 3
        #expect(stage.look(states) == [.write(PilotOrder(n: 1, end: true), pilot: 4), .cancel("104")])
        stage.crew.workers = 1
        #expect(
            stage.look(states) == [
                .cancel("104"), .write(PilotOrder(n: 1, end: true), pilot: 3), .cancel("103"),
                .write(PilotOrder(n: 1, end: true), pilot: 2),
            ])
        #expect(stage.crew.spare == 1)
    }

    @Test func `a launch that waits keeps the pilot that comes for it`() {
        var stage = CrewStage()
        stage.crew.workers = 1
        for number in 1...2 {
            _ = stage.crew.want(CrewStage.launch("t\(number)-l1"))
            stage.hire(number)
        }
        for _ in 0..<10 { #expect(stage.look([1: .pending, 2: .pending]) == []) }
        stage.crew.forget("al-x-t2-l1")
        #expect(stage.look([1: .pending, 2: .pending]) == [.write(PilotOrder(n: 1, end: true), pilot: 2), .cancel("102")])
    }

    @Test func `a pilot in the queue for which no launch waits leaves it after a while`() {
        var stage = CrewStage()
        stage.hire(1)
        var actions: [PilotCrew.Action] = []
        for _ in 0..<4 { actions += stage.look([1: .pending]) }
        #expect(actions == [])
        #expect(stage.look([1: .pending]) == [.write(PilotOrder(n: 1, end: true), pilot: 1), .cancel("101")])
    }

    @Test func `at the end those that run are told, and those that have not begun are cancelled besides`() {
        var stage = CrewStage()
        for number in 1...2 { stage.hire(number) }
        stage.say(.free, 0, pilot: 1)
        #expect(
            stage.crew.close(now: 0) == [
                .write(PilotOrder(n: 1, end: true), pilot: 1), .write(PilotOrder(n: 1, end: true), pilot: 2), .cancel("102"),
            ])
        #expect(stage.crew.close(now: 0) == [])
    }

    @Test func `a launch whose supervisor died before it began waits again, twice at most`() {
        var stage = CrewStage()
        _ = stage.crew.want(CrewStage.launch("t0-l1"))
        stage.hire(1)
        for line in 1...3 {
            stage.say(.free, line - 1)
            #expect(stage.crew.assign(now: 0) == [CrewStage.give(line, "t0-l1")])
            stage.say(.begun, line)
            stage.crew.heard([PilotWord(n: line, said: .over, signal: 10, hasStarted: false)], of: 1, now: 0)
            #expect(stage.seen("t0-l1") == [line < 3 ? "pending " : "failed 101"])
        }
        var other = CrewStage.begun()
        other.crew.heard([PilotWord(n: 1, said: .over, signal: 9, hasStarted: true)], of: 1, now: 0)
        #expect(other.seen("t0-l1") == ["failed 101"])
    }

    @Test func `a pilot that is free has ended what it had, whether a line says so or not`() {
        var stage = CrewStage.begun()
        stage.say(.free, 1)
        #expect(stage.seen("t0-l1") == ["completed 101"])
        #expect(stage.crew.spare == 1)
    }

    @Test func `a pilot that waits for its devices after a launch is one for the next, and not without end`() {
        var stage = CrewStage.begun()
        stage.say(.over, 1, code: 0)
        _ = stage.crew.want(CrewStage.launch("t1-l1"))
        #expect(stage.crew.spare == 0)
        #expect(stage.crew.assign(now: stage.now) == [])
        var actions: [PilotCrew.Action] = []
        for _ in 0..<12 { actions += stage.look([1: .running]) }
        #expect(actions == [.cancel("101")])
        #expect(stage.crew.spare == -1)
    }

    @Test func `a launch that does not hear is ended with its pilot at once`() {
        var stage = CrewStage.begun()
        #expect(stage.crew.cancel(["101.t0-l1"], isDeaf: true, now: stage.now) == [.cancel("101")])
        var other = CrewStage.begun()
        _ = other.crew.cancel(["101.t0-l1"], now: other.now)
        var actions: [PilotCrew.Action] = []
        for _ in 0..<4 { actions += other.look([1: .running]) }
        #expect(actions.first == .cancel("101"))
    }

    @Test func `how a launch ended is known however often it is cancelled afterwards`() {
        var stage = CrewStage.begun()
        stage.say(.over, 1, code: 75)
        #expect(stage.crew.cancel(["101.t0-l1"], now: stage.now) == [])
        #expect(stage.seen("t0-l1") == ["failed 101"])
        #expect(stage.crew.details(of: "101.t0-l1")?.exitCode == 75)
    }

    @Test func `a pilot that does not begin what it was given is cancelled, one whose setup takes long is not`() {
        var stage = CrewStage.given()
        var actions: [PilotCrew.Action] = []
        for _ in 0..<12 { actions += stage.look([1: .running]) }
        #expect(actions == [.cancel("101")])
        var other = CrewStage()
        _ = other.crew.want(CrewStage.launch("t0-l1"))
        other.hire(1)
        other.crew.printed(1)
        #expect(other.crew.assignAhead(now: 0).count == 1)
        for _ in 0..<50 { #expect(other.look([1: .running]) == []) }
        #expect(other.seen("t0-l1") == ["pending 101"])
    }

    @Test func `pilots that were asked for with other words end after their launch, and get none`() {
        var stage = CrewStage.begun()
        stage.crew.pilots[0].isForeign = true
        stage.hire(2)
        stage.crew.pilots[1].isForeign = true
        _ = stage.crew.want(CrewStage.launch("t1-l1"))
        #expect(stage.crew.spare == -1)
        #expect(
            stage.crew.assign(now: stage.now) == [
                .write(PilotOrder(n: 2, end: true), pilot: 1), .write(PilotOrder(n: 1, end: true), pilot: 2), .cancel("102"),
            ])
        #expect(stage.look([1: .running]) == [])
        #expect(stage.seen("t0-l1") == ["running 101"])
        stage.say(.over, 1, code: 0)
        stage.say(.free, 2)
        #expect(stage.crew.assign(now: stage.now) == [])
    }
}
