import Foundation
import Studies
import TestSupport
import Testing

@testable import TrialRunners

/// What runs in a pilot's job, with real launches and without a cluster.
@Suite(.timeLimit(.minutes(10))) struct PilotTests {
    private let temporary: TemporaryFolder
    private let folder: PilotFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = PilotFolder(temporary.path + "/workers/1")
    }

    private func make(limit: Double? = nil, warning: Double = 1, idle: Double = 30, version: String = "0.1.0") throws {
        let file = PilotFile(version: version, name: "al-x-w1", limit: limit, warning: warning, idle: idle)
        try folder.make(file, script: "")
    }

    private func launch(_ trial: Int) -> LaunchFolder { LaunchFolder(ofLaunch: 1, in: temporary.path + "/trials/\(trial)") }

    /// Makes a launch and gives it to the pilot.
    private func give(_ line: Int, _ script: String, version: String = "0.1.0", grace: Double = 0.5) throws {
        let folder = launch(line)
        let file = LaunchFile(
            version: version, name: "al-x-t\(line)-l1", trial: line, number: 1, command: ["/bin/bash", "-c", script],
            environment: ["AUTOLORA_TRIAL_DIR": folder.run], workingFolder: temporary.path,
            reports: WantedReports(metric: "score"),
            grace: grace, beginning: .init(), limit: nil, warning: 1, killWait: 3, pulse: 1, logStart: 0)
        try folder.make(file, script: "")
        tell(PilotOrder(n: line, launch: folder.path, name: file.name))
    }

    private func tell(_ order: PilotOrder) { #expect(SharedLines.append(order, to: folder.give)) }

    /// - Parameter setup: shell commands before.
    private func start(_ environment: [String: String] = [:], setup: String = "") throws -> ChildProcess {
        try ChildProcess(
            ["/bin/sh", "-c", "\(setup)\nexec \(TemporaryFolder.autolora) work \(folder.path)"], in: temporary.path,
            adding: environment.merging(["SLURM_JOB_ID": "7", "SLURMD_NODENAME": "n1"]) { $1 },
            errors: .file(temporary.path + "/errors"))
    }

    private var words: [PilotWord] {
        var lines = SharedLines<PilotWord>(folder.ask)
        return lines.news()
    }

    private var said: [String] { words.map { "\($0.said.rawValue) \($0.n)" } }

    private func end(_ trial: Int) -> LaunchEnd? {
        try? JSONDecoder().decode(LaunchEnd.self, from: Data(contentsOf: URL(filePath: launch(trial).end)))
    }

    private static let endless = #"i=0; while :; do i=$((i+1)); echo "{\"score\": $i}"; sleep 0.1; done"#

    @Test func `it runs what it is given, one after the other, and ends when it is told to`() async throws {
        try make()
        let process = try start()
        try #require(await eventually { said == ["free 0"] })
        try give(1, #"echo '{"score": 1}'"#)
        try #require(await eventually { said.last == "free 1" })
        try give(2, "exit 3")
        try give(3, "echo out; echo err >&2")
        try #require(await eventually { said.last == "free 3" })
        tell(PilotOrder(n: 4, end: true))
        #expect(try await process.end() == 0)
        #expect(
            said == ["free 0", "begun 1", "over 1", "free 1", "begun 2", "over 2", "begun 3", "over 3", "free 3", "gone 4"])
        #expect(words.filter { $0.said == .over }.map(\.code) == [0, 0, 0])
        #expect((1...3).map { end($0)?.completion.ending } == [.exited(0), .exited(3), .exited(0)])
        #expect(end(1)?.job == "7")
        // What there is to see of each beside its log is in its own folder.
        #expect(FileManager.default.fileExists(atPath: launch(2).output(ofJob: "7.t2-l1")))
    }

    @Test func `it ends when it was given nothing for a while`() async throws {
        try make(idle: 1)
        #expect(try await start().end() == 0)
        #expect(words.map(\.why) == [nil, "idle"])
    }

    @Test func `what is dropped before it begins is never begun, and what runs is ended`() async throws {
        try make()
        try give(1, Self.endless)
        try give(2, "true")
        tell(PilotOrder(n: 3, drop: 2))
        let process = try start()
        try #require(await eventually { said == ["begun 1"] })
        tell(PilotOrder(n: 4, drop: 1))
        try #require(await eventually { said.last == "free 4" })
        #expect(said == ["begun 1", "over 1", "free 4"])
        #expect(end(1)?.why == .signal)
        #expect(end(2) == nil)
        tell(PilotOrder(n: 5, end: true))
        #expect(try await process.end() == 0)
    }

    @Test func `a cluster's TERM is passed on, and the job's own end says why`() async throws {
        try make()
        try give(1, Self.endless)
        let process = try start()
        try #require(await eventually { !(FileTail.length(of: launch(1).reports) == 0) })
        process.signal(SIGTERM)
        #expect(try await process.end() == 0)
        #expect(end(1)?.why == .signal)
        #expect(said == ["begun 1", "gone 1"])
    }

    @Test func `USR1 lets the launch come to its next report, and no other comes`() async throws {
        try make()
        try give(1, Self.endless)
        try give(2, "true")
        let process = try start()
        try #require(await eventually { !(FileTail.length(of: launch(1).reports) == 0) })
        process.signal(SIGUSR1)
        #expect(try await process.end() == 0)
        #expect(end(1)?.why == .time)
        #expect(said == ["begun 1", "over 1", "gone 2"])
        #expect(words.last?.why == "time")
    }

    @Test func `USR1 as a launch is being started waits until that listens`() async throws {
        try make()
        let process = try start()
        try #require(await eventually { said == ["free 0"] })
        try give(1, Self.endless)
        while said.last != "begun 1" { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(20))
        process.signal(SIGUSR1)
        #expect(try await process.end() == 0)
        #expect(end(1)?.why == .time)
        #expect(said == ["free 0", "begun 1", "over 1", "gone 1"])
        #expect(words.first { $0.said == .over }?.hasStarted == true)
    }

    @Test func `a line that cannot be written is said later`() async throws {
        try make()
        let process = try start()
        try #require(await eventually { said == ["free 0"] })
        let ask = folder.ask
        try give(1, "mv \(ask) \(ask).away; mkdir \(ask)")
        try #require(await eventually { end(1) != nil })
        try await Task.sleep(for: .seconds(2))
        #expect(said.isEmpty)
        rmdir(ask)
        rename(ask + ".away", ask)
        try #require(await eventually { said.last == "free 1" })
        #expect(said == ["free 0", "begun 1", "over 1", "free 1"])
        tell(PilotOrder(n: 2, end: true))
        #expect(try await process.end() == 0)
    }

    @Test func `what a killed supervisor leaves is gone before the next launch`() async throws {
        try make()
        // Its supervisor's supervisor.
        let kill = "kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)"
        try give(1, "trap '' TERM; echo $$ > \(temporary.path)/number; \(kill); while :; do sleep 1; done", grace: 20)
        try give(2, "cat /proc/$(cat \(temporary.path)/number)/cmdline | tr -d '\\0' > \(temporary.path)/left")
        tell(PilotOrder(n: 3, end: true))
        let process = try start(setup: "sleep 600 > /dev/null 2>&1 & echo $! > \(temporary.path)/early")
        #expect(try await process.end() == 0)
        #expect(said == ["begun 1", "over 1", "begun 2", "over 2", "gone 3"])
        #expect(words.first { $0.said == .over }?.signal == 9)
        // What `setup` has left in the background is no launch's.
        let early = try #require(temporary.read("early").flatMap { Int32($0.dropLast()) }.flatMap { RunningProcess($0) })
        #expect(early.command.first == "sleep")
        early.end()
        #expect(temporary.read("left") == "")
        #expect(end(2)?.completion.ending == .exited(0))
    }

    @Test func `a launch ends with a pilot that is killed`() async throws {
        try make()
        try give(1, "echo $$ > \(temporary.path)/number; " + Self.endless)
        let process = try start()
        try #require(await eventually { !(FileTail.length(of: launch(1).reports) == 0) })
        process.signal(SIGKILL)
        _ = try await process.end()
        try #require(await eventually { end(1) != nil })
        #expect(end(1)?.why == .signal)
        let number = try #require(temporary.read("number").flatMap { Int32($0.dropLast()) })
        #expect(RunningProcess(number)?.lives != true)
    }

    @Test func `its time is that of its job, for each launch and for itself`() async throws {
        try make(limit: 9, warning: 5)
        try give(1, "echo $SLURM_JOB_END_TIME $AUTOLORA_PILOT. > \(temporary.path)/end; sleep 2.5")
        try give(2, "true")
        let began = Date().timeIntervalSince1970
        let process = try start()
        #expect(try await process.end() == 0)
        // Two launches as long as the first would not end before the warning; one that was given already runs all the same.
        #expect(said == ["begun 1", "over 1", "begun 2", "over 2", "gone 2"])
        #expect(words.last?.why == "time")
        let told = try #require(temporary.read("end")?.split(separator: " "))
        #expect(abs((Double(told[0]) ?? 0) - began - 9) < 3)
        // What a trial starts on a cluster of its own is no pilot's.
        #expect(told[1] == ".\n")
    }

    @Test func `however short its time is, it runs one launch`() async throws {
        try make(limit: 20, warning: 60)
        let process = try start()
        try #require(await eventually { said == ["free 0"] })
        try give(1, "true")
        #expect(try await process.end() == 0)
        #expect(said == ["free 0", "begun 1", "over 1", "gone 1"])
        #expect(end(1)?.completion.ending == .exited(0))
    }

    @Test func `a launch that would outlast its job ends in time`() async throws {
        try make(limit: 12, warning: 8)
        try give(1, "sleep 300")
        let process = try start()
        try #require(await eventually { !process.isRunning })
        #expect(process.code == 0)
        #expect(end(1)?.why == .time)
    }

    @Test func `after two launches in a row that did no work it ends`() async throws {
        try make()
        try give(1, "true", version: "9.9.9")
        try give(2, "true")
        try give(3, "true", version: "9.9.9")
        try give(4, "true", version: "9.9.9")
        try give(5, "true")
        #expect(try await start().end() == 0)
        #expect(words.filter { $0.said == .over }.map(\.code) == [78, 0, 78, 78])
        #expect(words.last?.why == "2 launches in a row did no work here")
        let printed = try? String(contentsOfFile: launch(1).output(ofJob: "7.t1-l1"), encoding: .utf8)
        #expect(printed?.contains("the study is run by autolora 9.9.9") == true)
        #expect(end(5) == nil)
    }

    @Test func `a second start does no work, and the first one gives way with its launch`() async throws {
        try make()
        try give(1, Self.endless)
        let first = try start()
        try #require(await eventually { !(FileTail.length(of: launch(1).reports) == 0) })
        #expect(try await start().end() == 0)
        #expect(try await first.end() == 0)
        #expect(end(1) == nil)
        #expect(FileManager.default.fileExists(atPath: launch(1).fenced))
        #expect(words.last?.why == "started twice")
    }

    @Test func `a launch given to two pilots is run by one`() async throws {
        try make()
        try give(1, "echo ran >> \(temporary.path)/count; sleep 100")
        let other = PilotFolder(temporary.path + "/workers/2")
        try other.make(PilotFile(version: "0.1.0", name: "al-x-w2", limit: nil, warning: 1, idle: 1), script: "")
        #expect(SharedLines.append(PilotOrder(n: 1, launch: launch(1).path, name: "al-x-t1-l1"), to: other.give))
        let second = try ChildProcess([TemporaryFolder.autolora, "work", other.path], in: temporary.path)
        try #require(await eventually { temporary.read("count") == "ran\n" })
        let first = try start()
        tell(PilotOrder(n: 2, end: true))
        _ = try await (first.end(), second.end())
        // The start that comes late does no work, and the launch is nobody's any more.
        #expect(temporary.read("count") == "ran\n")
        #expect(temporary.read("trials/1/launches/1/starts") == "1\n2\n")
        #expect(end(1) == nil)
    }

    @Test func `another version, and a folder that is not there, are refused with a line`() async throws {
        #expect(try await start().end() == JobSupervisor.noLaunch)
        try make(version: "9.9.9")
        #expect(try await start().end() == JobSupervisor.otherVersion)
        let errors = temporary.read("errors") ?? ""
        #expect(errors.contains("does this node see the study's folder?"))
        #expect(errors.contains("the study is run by autolora 9.9.9"))
        #expect(words.isEmpty)
    }

    @Test func `lines are read whole, each once, and torn ones are passed over`() {
        let path = temporary.path + "/lines"
        var lines = SharedLines<PilotOrder>(path)
        #expect(lines.news().isEmpty)
        #expect(SharedFile.append(Array("{\"n\":1,\"end\":true}\n{\"n\":".utf8), to: path))
        #expect(lines.news() == [PilotOrder(n: 1, end: true)])
        #expect(SharedLines.append(PilotOrder(n: 3, drop: 1), to: path))
        #expect(lines.news() == [PilotOrder(n: 3, drop: 1)])
        #expect(lines.news().isEmpty)
    }
}
