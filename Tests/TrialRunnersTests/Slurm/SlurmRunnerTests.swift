import Foundation
import SearchSpaces
import Studies
import Synchronization
import TestSupport
import Testing

@testable import TrialRunners

/// Launches as jobs of a stand-in for a cluster; what runs in each job is the real supervisor.
@Suite(.timeLimit(.minutes(10))) struct SlurmRunnerTests {
    private let temporary: TemporaryFolder
    private let cluster = StandInCluster()

    init() throws { temporary = try TemporaryFolder() }

    /// The same launch seen by one controller after the other.
    private func runner(_ change: (inout SlurmRequest) -> Void = { _ in }) -> SlurmRunner {
        var request = SlurmRequest(cpus: 1)
        change(&request)
        return SlurmRunner(
            executable: TemporaryFolder.autolora, version: "0.1.0", study: "0a1b2c3d", request: request, queue: cluster,
            pace: SlurmPace(times: 0.05))
    }

    private func launch(_ script: String, number: Int = 1, grace: Double = 0.5, resume: Bool = false) throws -> Launch {
        let folder = runner().folder(ofLaunch: number, in: temporary.path)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var launch = Launch(
            trial: Trial.ID(3), command: ["/bin/bash", "-c", script],
            environment: ["AUTOLORA_TRIAL_DIR": folder, "AUTOLORA_RESUME_FROM": resume ? temporary.path + "/checkpoint" : nil],
            workingFolder: temporary.path, folder: folder, reports: WantedReports(metric: "score"), grace: grace)
        launch.number = number
        return launch
    }

    /// Reports 1, 2, ... each a fifth of a second, with a checkpoint after each.
    private func counting(to most: Int) -> String {
        """
        i=0; while [ $i -lt \(most) ]; do i=$((i+1)); sleep 0.2; echo "{\\"score\\": $i, \\"step\\": $i}"
        mkdir -p $AUTOLORA_TRIAL_DIR/checkpoint; echo $i > $AUTOLORA_TRIAL_DIR/checkpoint/iter; done
        """
    }

    /// What came of a launch.
    private final class Log: Sendable {
        let values = Mutex<[Double]>([])
        let states = Mutex<[JobState]>([])

        var seen: [Double] { values.withLock { $0 } }
        var phases: [JobState.Phase] { states.withLock { $0.map(\.phase) } }
    }

    private func run(
        _ launch: Launch, by runner: SlurmRunner? = nil, _ log: Log = Log(),
        directive: @escaping @Sendable (Double) -> Directive = { _ in .goOn }
    ) async -> Completion {
        await (runner ?? self.runner()).run(
            launch, onJob: { state in log.states.withLock { $0.append(state) } },
            onReport: { report in
                log.values.withLock { $0.append(report.value) }
                return directive(report.value)
            })
    }

    private func takeUp(_ launch: LivingLaunch, by runner: SlurmRunner, _ log: Log) async -> Completion {
        await runner.takeUp(
            launch, reports: WantedReports(metric: "score"), onJob: { _ in },
            onReport: { report in
                log.values.withLock { $0.append(report.value) }
                return .goOn
            })
    }

    @Test func `the warning of the time limit does not end a setup`() throws {
        var request = SlurmRequest()
        request.setup = ["kill -USR1 $$"]
        let script = SlurmWords(request).script("trial 0", executable: "/bin/echo", words: ["it ran"])
        let (bash, output) = (Process(), Pipe())
        (bash.executableURL, bash.arguments, bash.standardOutput) = (URL(filePath: "/bin/bash"), ["-c", script], output)
        try bash.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        bash.waitUntilExit()
        #expect(printed == "it ran\n" && bash.terminationStatus == 0)
    }

    @Test(arguments: [
        ("mistral-sft", "mistral-sft-"), ("größe 7|b,c", "gr--e-7-b-c-"),
        (String(repeating: "x", count: 99), String(repeating: "x", count: 24) + "-"),
    ]) func `jobs are named by their study, in letters that every command takes`(study: String, start: String) {
        let tags = [1.0, 2.0].map { SlurmRunner.tag(study: study, folder: "/s", createdAt: $0) }
        #expect(tags.allSatisfy { $0.hasPrefix(start) && $0.count == start.count + 8 })
        #expect(Set(tags).count == 2)
    }

    @Test func `a launch is submitted, reports, ends, and leaves its files with its trial`() async throws {
        let log = Log()
        let script =
            counting(to: 3) + "; mkdir $AUTOLORA_TRIAL_DIR/adapter; echo weights > $AUTOLORA_TRIAL_DIR/adapter/a; echo bye >&2"
        let completion = await run(try launch(script), log)
        #expect(completion.ending == .exited(0))
        #expect(log.seen == [1, 2, 3])
        #expect(log.phases.first == .submitting)
        #expect(log.phases.contains(.running))
        #expect(cluster.submitted.map(\.name) == ["al-0a1b2c3d-t3-l1"])
        #expect(temporary.read("checkpoint/iter") == "3\n")
        #expect(temporary.read("adapter/a") == "weights\n")
        #expect(temporary.read("log.txt")?.contains("bye") == true)
        #expect(temporary.read("log.txt")?.contains("\"score\": 2") == true)
    }

    @Test func `a launch that waits is told as pending and taken back when its run ends`() async throws {
        cluster.serve(0)
        let (log, launch, runner) = (Log(), try launch(counting(to: 1)), runner())
        let running = Task { await run(launch, by: runner, log) }
        try #require(await eventually { log.states.withLock { $0.contains { $0.reason == "Resources" } } })
        running.cancel()
        #expect(await running.value.ending == .terminated)
        #expect(cluster.jobs.map(\.end) == [.cancelled])
        #expect(log.seen.isEmpty)
    }

    @Test func `one that is left goes on, and the next controller reads all that it says`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 8)))
        let first = runner()
        let running = Task { await run(launch, by: first, log) }
        try #require(await eventually { log.seen.count >= 2 })
        await first.detach()
        running.cancel()
        #expect(await running.value.ending == .left)
        let second = runner()
        let earlier = EarlierLaunch(trial: Trial.ID(3), folder: temporary.path, number: 1)
        let recovery = await second.recover([earlier])
        let living = try #require(recovery.living.first)
        #expect(living.number == 1)
        let again = Log()
        let completion = await takeUp(living, by: second, again)
        #expect(completion.ending == .exited(0))
        #expect(again.seen == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(cluster.submitted.count == 1)
        #expect(temporary.read("checkpoint/iter") == "8\n")
        // Each line once, though two controllers copied them.
        #expect(temporary.read("log.txt")?.split(separator: "\n").count == 8)
    }

    @Test func `an earlier launch that has ended meanwhile is read to its end`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 3)))
        let first = runner()
        let running = Task { await run(launch, by: first, log) }
        try #require(await eventually { log.seen.count >= 1 })
        await first.detach()
        running.cancel()
        _ = await running.value
        try #require(await eventually { FileManager.default.fileExists(atPath: temporary.path + "/launches/1/end.json") })
        let second = runner()
        let living = try #require(
            await second.recover([EarlierLaunch(trial: Trial.ID(3), folder: temporary.path, number: 1)]).living.first)
        let again = Log()
        let completion = await takeUp(living, by: second, again)
        #expect(completion.ending == .exited(0))
        #expect(again.seen == [1, 2, 3])
        #expect(cluster.submitted.count == 1)
    }

    @Test func `a submission that nobody confirmed is found by its name, and made again where it is not there`() async throws {
        cluster.answer([.unclear("Socket timed out")])
        #expect(await run(try launch(counting(to: 1))).ending == .exited(0))
        #expect(cluster.submitted.count == 1)
        cluster.answer([.unclear("lost"), .full("QOSMaxSubmitJobPerUserLimit")])
        #expect(await run(try launch(counting(to: 1), number: 2)).ending == .exited(0))
        #expect(cluster.submitted.count == 4)
        #expect(cluster.jobs.count == 2)
    }

    @Test func `a refused submission says why`() async throws {
        cluster.answer([.refused("Invalid account or account/partition combination specified")])
        let ending = await run(try launch(counting(to: 1))).ending
        #expect(ending.words.contains("sbatch refused its job: Invalid account or account/partition combination"))
    }

    @Test func `a report may end its launch`() async throws {
        let log = Log()
        let completion = await run(try launch(counting(to: 100)), log) { $0 < 2 ? .goOn : .endNow }
        #expect(completion.ending == .terminated)
        #expect(log.seen.starts(with: [1, 2]))
        #expect(log.seen.count < 30)
    }

    @Test func `preemption keeps the checkpoint and is nobody's fault`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 100)))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 2 })
        await cluster.end("1", as: .preempted)
        let ending = await running.value.ending
        #expect(ending == .displaced(.init(reason: "was preempted on n1", leftCheckpoint: true)))
        #expect(temporary.read("checkpoint/iter") != nil)
        let again = await run(
            try self.launch("cat $AUTOLORA_RESUME_FROM/iter >&2; echo '{\"score\": 9}'", number: 2, resume: true))
        #expect(again.ending == .exited(0))
        #expect(temporary.read("checkpoint/iter") != nil)
    }

    @Test func `a job that somebody cancelled is told from one that was preempted`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 100)))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 1 })
        await cluster.end("1", as: .cancelled)
        #expect(await running.value.ending == .cancelled("its job was cancelled by hand (scancel)"))
    }

    @Test func `a lost node's launch is lost, with what it had saved`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 100)))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 3 })
        cluster.lose("1", as: .nodeFailed)
        let ending = await running.value.ending
        #expect(ending == .displaced(.init(reason: "lost its node n1", leftCheckpoint: true)))
        #expect(temporary.read("checkpoint/iter") != nil)
    }

    @Test func `a job that starts twice has one reporter at most, and its launch is lost`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 100)))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 2 })
        try cluster.startAgain("al-0a1b2c3d-t3-l1")
        let ending = await running.value.ending
        #expect(ending == .displaced(.init(reason: "was started a second time by Slurm", leftCheckpoint: true)))
        #expect(log.seen == (1...log.seen.count).map(Double.init))
        let reports = temporary.read("launches/1/reports") ?? ""
        try await Task.sleep(for: .seconds(1))
        #expect(temporary.read("launches/1/reports") == reports)
    }

    @Test func `a job with little time ends after its next report, and says that time was over`() async throws {
        let log = Log()
        let launch = try launch(counting(to: 100), grace: 0.3)
        let folder = LaunchFolder(ofLaunch: 1, in: temporary.path)
        let runner = runner { ($0.minutes, $0.warning) = (1, 57) }
        let completion = await run(launch, by: runner, log)
        #expect(
            completion.ending
                == .displaced(
                    .init(
                        reason: "came to the end of its job's time of 1m 0s (time in the space file's runner)",
                        leftCheckpoint: true)))
        #expect(folder.launch?.limit == 60)
        #expect(log.seen.count > 2)
    }

    @Test func `a slow setup that fails stops with its words`() async throws {
        let runner = runner { $0.setup = ["echo 'no such module: cuda' >&2", "false"] }
        let ending = await run(try launch(counting(to: 1)), by: runner).ending
        #expect(
            ending
                == .notStarted(
                    "its job 1 ended with exit code 1 on n1 before the trial began (`setup` in the runner): no such module: cuda"
                ))
    }

    @Test func `another version of autolora on the nodes is refused there`() async throws {
        let runner = SlurmRunner(
            executable: TemporaryFolder.autolora, version: "9.9.9", study: "0a1b2c3d", request: SlurmRequest(), queue: cluster,
            pace: SlurmPace(times: 0.05))
        let ending = await run(try launch(counting(to: 1)), by: runner).ending
        #expect(ending.words.contains("the study is run by autolora 9.9.9"))
        guard case .notStarted = ending else {
            Issue.record("\(ending)")
            return
        }
    }

    @Test func `while the queue is silent, reports and ends still come`() async throws {
        let (log, launch) = (Log(), try launch(counting(to: 10)))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 1 })
        cluster.silence(true)
        #expect(await running.value.ending == .exited(0))
        #expect(log.seen.count == 10)
    }

    @Test func `a job of the study's that no launch has is cancelled`() async throws {
        cluster.serve(0)
        let stray = ClusterJob(
            name: "al-0a1b2c3d-t8-l4", script: "/dev/null", folder: temporary.path, workingFolder: temporary.path)
        let other = ClusterJob(
            name: "al-ffffffff-t8-l4", script: "/dev/null", folder: temporary.path, workingFolder: temporary.path)
        _ = await cluster.submit(stray)
        _ = await cluster.submit(other)
        let (launch, runner) = (try launch(counting(to: 1)), runner())
        let running = Task { await run(launch, by: runner) }
        #expect(try await eventually { cluster.jobs.first { $0.name == stray.name }?.end == .cancelled })
        running.cancel()
        _ = await running.value
        #expect(cluster.jobs.first { $0.name == other.name }?.end == nil)
    }

    @Test func `what a cluster keeps of a study is cleared away at the end`() async throws {
        let runner = runner()
        #expect(await run(try launch(counting(to: 1)), by: runner).ending == .exited(0))
        cluster.serve(0)
        _ = await cluster.submit(
            ClusterJob(name: "al-0a1b2c3d-t3-l1", script: "/dev/null", folder: temporary.path, workingFolder: temporary.path))
        #expect(await runner.close() == nil)
        #expect(cluster.jobs.last?.end == .cancelled)
    }

    @Test func `reports are exact, whatever numbers they hold`() async throws {
        let values = Mutex<[ReportLine]>([])
        let script = #"echo '{"score": 0.1, "loss": NaN, "big": 1e300, "note": "a b"}'; echo '{"score": -Infinity}'"#
        _ = await runner().run(try launch(script)) { report in
            values.withLock { $0.append(report) }
            return .goOn
        }
        let local = Mutex<[ReportLine]>([])
        var launch = try launch(script)
        launch.folder = temporary.path
        _ = await LocalRunner(executable: TemporaryFolder.autolora).run(launch) { report in
            local.withLock { $0.append(report) }
            return .goOn
        }
        let (here, there) = (local.withLock { $0 }, values.withLock { $0 })
        #expect(here.count == 2)
        #expect(here.map(ReportMail.line) == there.map(ReportMail.line))
        #expect(there.first?.metrics["loss"]?.isNaN == true)
    }
}
