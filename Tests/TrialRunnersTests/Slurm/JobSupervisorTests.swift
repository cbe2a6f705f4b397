import Foundation
import Studies
import TestSupport
import Testing

@testable import TrialRunners

/// What runs in a job, with a real program and without a cluster.
@Suite(.timeLimit(.minutes(10))) struct JobSupervisorTests {
    private let temporary: TemporaryFolder
    private let folder: LaunchFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = LaunchFolder(ofLaunch: 1, in: temporary.path + "/trials/0")
    }

    private func make(_ script: String, limit: Double? = nil, warning: Double = 1, grace: Double = 0.5) throws {
        let file = LaunchFile(
            version: "0.1.0", name: "al-x-t0-l1", trial: 0, number: 1, command: ["/bin/bash", "-c", script],
            environment: ["AUTOLORA_TRIAL_DIR": folder.run], workingFolder: temporary.path,
            reports: WantedReports(metric: "score"),
            grace: grace, beginning: .init(), limit: limit, warning: warning, killWait: 3, pulse: 1, logStart: 0)
        try folder.make(file, script: "")
    }

    /// Starts the job's process, with nothing at its standard input as in a job.
    private func start(_ environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            [TemporaryFolder.autolora, "supervise", "--launch", folder.path], in: temporary.path,
            adding: environment.merging(["SLURM_JOB_ID": "7", "SLURMD_NODENAME": "n1"]) { $1 },
            errors: .file(temporary.path + "/errors"))
    }

    private func order(_ directive: Directive, _ number: Int = 1) {
        let line = Array(#"{"n":\#(number),"do":"\#(directive.rawValue)"}"#.utf8) + [0x0A]
        #expect(SharedFile.append(line, to: folder.order))
    }

    private var end: LaunchEnd? { try? JSONDecoder().decode(LaunchEnd.self, from: Data(contentsOf: URL(filePath: folder.end))) }
    private func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
    private var reports: Int { text(folder.reports)?.split(separator: "\n").count { $0.contains("value") } ?? 0 }

    private static let endless = #"i=0; while :; do i=$((i+1)); echo "{\"score\": $i}"; sleep 0.1; done"#

    @Test func `a launch leaves its reports, its log and its end`() async throws {
        try make(#"echo hello; echo '{"score": 1}'; echo oops >&2; exit 3"#)
        #expect(try await start().end() == 0)
        #expect(end?.completion.ending == .exited(3))
        #expect(end?.completion.evidence.reason == "oops")
        #expect(end?.why == .exit)
        #expect(end?.job == "7")
        #expect(end?.node == "n1")
        #expect(end?.reports == 1)
        #expect(reports == 1)
        #expect(text(folder.starts) == "1\n")
        #expect(text(folder.run + "/log.txt")?.contains("hello") == true)
        #expect(text(folder.start(1) + "/who.json")?.contains(#""node":"n1""#) == true)
    }

    @Test func `a launch that has ended is not run again`() async throws {
        try make("echo again >> \(temporary.path)/count")
        #expect(try await start().end() == 0)
        let first = text(folder.end)
        #expect(try await start().end() == 0)
        #expect(temporary.read("count") == "again\n")
        #expect(text(folder.end) == first)
        #expect(text(folder.starts) == "1\n")
    }

    @Test func `an order ends it`() async throws {
        try make(Self.endless)
        let process = try start()
        try #require(await eventually { reports > 2 })
        order(.endNow)
        #expect(try await process.end() == 0)
        #expect(end?.completion.ending == .terminated)
        #expect(end?.why == .order)
    }

    @Test func `an order that was there before it begins ends it at once`() async throws {
        try make(Self.endless)
        order(.endNow)
        #expect(try await start().end() == 0)
        #expect(end?.why == .order)
    }

    @Test func `reports wait for a file that is away`() async throws {
        try make(Self.endless)
        let process = try start()
        try #require(await eventually { reports > 2 })
        rename(folder.reports, folder.reports + ".away")
        mkdir(folder.reports, 0o777)
        try await Task.sleep(for: .seconds(1.5))
        rmdir(folder.reports)
        rename(folder.reports + ".away", folder.reports)
        let count = reports
        try #require(await eventually { reports > count + 5 })
        order(.endNow)
        #expect(try await process.end() == 0)
        let lines = (text(folder.reports) ?? "").split(separator: "\n").compactMap { ReportMail.report(in: Array($0.utf8)) }
        #expect(lines.map(\.value) == (1...lines.count).map(Double.init))
        #expect(end?.reports == lines.count)
    }

    @Test func `a second start does no work, and the first one gives way with all that it runs`() async throws {
        try make("echo $$ > \(temporary.path)/number; (setsid sleep 300 & echo $! > \(temporary.path)/child); " + Self.endless)
        let first = try start()
        try #require(await eventually { reports > 2 })
        #expect(try await start().end() == 0)
        #expect(try await first.end() == 0)
        #expect(text(folder.starts) == "1\n2\n")
        #expect(text(folder.fenced) == "fenced\n")
        #expect(end == nil)
        let count = reports
        for name in ["number", "child"] {
            let number = try #require(temporary.read(name).flatMap { Int32($0.dropLast()) })
            #expect(RunningProcess(number)?.lives != true)
        }
        try await Task.sleep(for: .seconds(0.5))
        #expect(reports == count)
    }

    @Test func `a cluster's TERM is written down before its KILL comes`() async throws {
        try make("trap '' TERM; " + Self.endless, grace: 600)
        let process = try start()
        try #require(await eventually { reports > 2 })
        process.signal(SIGTERM)
        // Long before the program's own grace is over.
        try #require(await eventually { !process.isRunning })
        #expect(process.code == 0)
        #expect(end?.why == .signal)
    }

    @Test func `USR1 lets it come to its next report and save`() async throws {
        try make(
            #"i=0; while :; do i=$((i+1)); sleep 3; echo "{\"score\": $i}"; mkdir -p $AUTOLORA_TRIAL_DIR/checkpoint; "#
                + "sleep 0.3; echo $i > $AUTOLORA_TRIAL_DIR/checkpoint/iter; done")
        let process = try start()
        try #require(await eventually { reports == 1 })
        process.signal(SIGUSR1)
        #expect(try await process.end() == 0)
        #expect(end?.why == .time)
        #expect(reports == 2)
        #expect(text(folder.run + "/checkpoint/iter") == "2\n")
    }

    @Test func `a launch that comes to no report ends before its job's time is over`() async throws {
        try make("sleep 300", limit: 12, warning: 8)
        let process = try start()
        try #require(await eventually { !process.isRunning })
        #expect(process.code == 0)
        #expect(end?.why == .time)
        #expect(end?.completion.ending == .terminated)
    }

    @Test func `a launch that cannot be read is no launch`() async throws {
        #expect(try await start().end() == JobSupervisor.noLaunch)
        #expect(temporary.read("errors")?.contains("does this node see the study's folder?") == true)
    }

    @Test func `a program that is not there is told as one`() async throws {
        try make("true")
        var file = try #require(folder.launch)
        file.workingFolder = temporary.path + "/gone"
        try folder.make(file, script: "")
        #expect(try await start().end() == 0)
        guard case .notStarted(let reason)? = end?.completion.ending else {
            Issue.record("\(String(describing: end))")
            return
        }
        #expect(reason.contains("could not be started"))
    }

    @Test(arguments: [
        (600.0, 120.0, 60.0, 480.0, 535.0), (60, 20, 60, 40, 45), (60, 57, 0.3, 3, 54.7), (60, 60, 10, 1, 45),
    ]) func `a job's clock leaves room for a checkpoint and an end`(
        limit: Double, warning: Double, grace: Double, soft: Double, hard: Double
    ) {
        let clock = JobClock(limit: limit, warning: warning, grace: grace)
        #expect(clock?.soft == soft)
        #expect(clock?.hard == hard)
    }

    @Test func `newer clusters tell a job when it ends`() {
        #expect(JobClock.limit(["SLURM_JOB_END_TIME": "1000"], now: 400) == 600)
        #expect(JobClock.limit(["SLURM_JOB_END_TIME": "1000"], now: 1400) == nil)
        #expect(JobClock.limit([:], now: 400) == nil)
    }

    @Test func `orders are read in whole lines`() {
        let bytes = Array("{\"n\":1,\"do\":\"pause\"}\n{\"n\":2,\"do\":\"finish\"}\n{\"n\":3,\"do\":\"en".utf8)
        #expect(LaunchOrder.all(in: bytes).map(\.do) == [.pause, .finish])
        #expect(LaunchOrder.all(in: []).isEmpty)
        #expect(LaunchOrder.all(in: Array("{\"n\":1".utf8)).isEmpty)
    }
}
