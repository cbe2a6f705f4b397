import Testing

@testable import TrialRunners

/// Pilots and launches on paper; time goes as the test says.
struct CrewStage {
    var crew = PilotCrew(prefix: "al-x-", pace: SlurmPace())
    var now = 0.0
    var jobs: [ListedJob] = []

    mutating func hire(_ number: Int) {
        crew.hire(CrewPilot(number, name: "al-x-w\(number)", since: .infinity))
        crew.submitted(number, job: "\(100 + number)", now: now)
    }

    mutating func say(
        _ said: PilotWord.Said, _ line: Int, pilot: Int = 1, code: Int? = nil, seconds: Double? = nil, left: Double? = nil
    ) {
        crew.heard(
            [PilotWord(n: line, said: said, code: code, seconds: seconds, left: left, node: "n1")], of: pilot, now: now)
    }

    mutating func look(_ states: [Int: ListedJob.State], reason: String? = nil, node: String = "n1") -> [PilotCrew.Action] {
        now += 15
        jobs = states.map {
            ListedJob(job: "\(100 + $0)", name: "al-x-w\($0)", state: $1, reason: reason, node: $1 == .pending ? nil : node)
        }
        return crew.take(jobs, asked: now - 1, now: now)
    }

    /// State and number of a launch as its follower sees them.
    func seen(_ name: String) -> [String] {
        crew.launches.filter { $0.name == "al-x-" + name }.map { "\($0.state) \($0.number)" }
    }

    static func launch(_ name: String) -> ClusterJob {
        ClusterJob(name: "al-x-" + name, script: "/l/\(name)/script", folder: "/l/\(name)", workingFolder: "/")
    }

    static func give(_ line: Int, _ name: String, to pilot: Int = 1) -> PilotCrew.Action {
        .write(PilotOrder(n: line, launch: "/l/\(name)", name: "al-x-" + name), pilot: pilot)
    }

    /// A pilot that is free, and a launch that it was given.
    static func given() -> CrewStage {
        var stage = CrewStage()
        _ = stage.crew.want(Self.launch("t0-l1"))
        stage.hire(1)
        stage.say(.free, 0)
        _ = stage.look([1: .running])
        #expect(stage.crew.assign(now: stage.now) == [Self.give(1, "t0-l1")])
        return stage
    }

    static func begun() -> CrewStage {
        var stage = given()
        stage.say(.begun, 1)
        return stage
    }
}
