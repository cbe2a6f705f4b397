import Foundation
import SearchSpaces
import Studies
import Synchronization
import TestSupport
import Testing

@testable import TrialRunners

/// Launches by pilots on a stand-in for a cluster; what runs in each job is the real pilot with the real supervisor.
@Suite(.timeLimit(.minutes(10))) struct PilotQueueTests {
    private let temporary: TemporaryFolder
    private let cluster = StandInCluster()
    private let told = Told()

    private final class Told: Sendable {
        let lines = Mutex<[String]>([])
        let states = Mutex<[JobState]>([])
        let values = Mutex<[Int: [Double]]>([:])

        func seen(_ trial: Int) -> [Double] { values.withLock { $0[trial] ?? [] } }
    }

    init() throws { temporary = try TemporaryFolder() }

    private func runner(_ pilots: SlurmRequest.Pilots = .always, _ change: (inout SlurmRequest) -> Void = { _ in })
        -> SlurmRunner
    {
        var request = SlurmRequest(cpus: 1, pilots: pilots)
        change(&request)
        return SlurmRunner(
            executable: TemporaryFolder.autolora, version: "0.1.0", study: "0a1b2c3d", request: request, queue: cluster,
            pace: SlurmPace(times: 0.05), pilots: temporary.path + "/workers",
            tell: { [told] line in told.lines.withLock { $0.append(line) } })
    }

    private func run(_ script: String, trial: Int = 0, number: Int = 1, by runner: SlurmRunner) async throws -> Completion {
        let folder = runner.folder(ofLaunch: number, in: temporary.path + "/trials/\(trial)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var launch = Launch(
            trial: Trial.ID(trial), command: ["/bin/bash", "-c", script], environment: ["AUTOLORA_TRIAL_DIR": folder],
            workingFolder: temporary.path, folder: folder, reports: WantedReports(metric: "score"), grace: 0.5)
        launch.number = number
        return await runner.run(
            launch, onJob: { [told] state in told.states.withLock { $0.append(state) } },
            onReport: { [told] report in
                told.values.withLock { $0[trial, default: []].append(report.value) }
                return .goOn
            })
    }

    private static func counting(to most: Int) -> String {
        #"i=0; while [ $i -lt \#(most) ]; do i=$((i+1)); sleep 0.2; echo "{\"score\": $i}"; done"#
    }

    private var pilots: [StandInCluster.Job] { cluster.jobs.filter { $0.name.contains("-w") } }

    @Test func `launches one after the other share a pilot, and each ends as ever`() async throws {
        let runner = runner()
        for trial in 0..<3 {
            #expect(try await run(Self.counting(to: 2) + "; exit \(trial)", trial: trial, by: runner).ending == .exited(trial))
            #expect(told.seen(trial) == [1, 2])
        }
        #expect(cluster.submitted.map(\.name) == ["al-0a1b2c3d-w1"])
        let states = told.states.withLock { $0 }
        #expect(Set(states.compactMap(\.job)) == ["1"])
        #expect(Set(states.map(\.name)) == ["al-0a1b2c3d-t0-l1", "al-0a1b2c3d-t1-l1", "al-0a1b2c3d-t2-l1"])
        #expect(states.first?.phase == .submitting)
        #expect(states.contains { $0.phase == .running && $0.node == "n1" })
        await runner.close()
        #expect(try await eventually { pilots.allSatisfy { $0.process?.isRunning == false } })
        // By itself, as what has ended well.
        #expect(pilots.map(\.end) == [nil])
        #expect(pilots.map { $0.process?.code } == [0])
    }

    @Test func `pilots that a silent cluster cannot cancel end as they begin`() async throws {
        cluster.serve(0)
        let runner = runner()
        let running = Task { try await run("true", by: runner) }
        try #require(await eventually { told.states.withLock { $0.contains { $0.reason == "Resources" } } })
        cluster.silence(true)
        running.cancel()
        #expect(try await running.value.ending == .terminated)
        await runner.close()
        cluster.silence(false)
        cluster.serve(.max)
        #expect(try await eventually { pilots[0].process?.isRunning == false })
        #expect(pilots[0].end == nil)
        #expect((pilots.map(\.name), pilots[0].process?.code) == (["al-0a1b2c3d-w1"], 0))
    }

    @Test func `all jobs cancelled at once stop the run once, those that wait for a pilot too`() async throws {
        cluster.serve(1)
        let runner = runner()
        let running = (0..<3).map { trial in Task { try await run(Self.counting(to: 1000), trial: trial, by: runner) } }
        try #require(await eventually { pilots.count == 3 && (0..<3).contains { told.seen($0).count >= 2 } })
        let isRunning = { (job: StandInCluster.Job) in job.process != nil }
        for pilot in pilots where !isRunning(pilot) { await cluster.end(pilot.number, as: .cancelled) }
        for pilot in pilots where isRunning(pilot) { await cluster.end(pilot.number, as: .cancelled) }
        for task in running {
            guard case .notStarted(let reason) = try await task.value.ending else {
                Issue.record("it counts by itself")
                continue
            }
            #expect(reason.contains("so were all others of the study at the same time"))
        }
        #expect(pilots.count == 3)
        await runner.close()
    }

    @Test func `with fewer workers there are fewer pilots`() async throws {
        cluster.serve(1)
        let runner = runner()
        runner.serve(workers: 3)
        let running = (0..<3).map { trial in Task { try await run(Self.counting(to: 60), trial: trial, by: runner) } }
        try #require(await eventually { pilots.count == 3 && (0..<3).contains { told.seen($0).count >= 2 } })
        let waiting = (0..<3).filter { told.seen($0).isEmpty }
        runner.serve(workers: 1)
        for trial in waiting { running[trial].cancel() }
        try #require(await eventually { pilots.count { $0.end == .cancelled } == 2 })
        #expect(pilots.count { $0.process?.isRunning == true } == 1)
        for task in running { task.cancel() }
        for task in running { _ = try await task.value }
        await runner.close()
    }

    @Test func `what an earlier controller's pilot had begun when it was cancelled is called by its name`() async throws {
        let first = runner()
        let running = Task { try await run(Self.counting(to: 100), by: first) }
        try #require(await eventually { told.seen(0).count >= 2 })
        await first.detach()
        running.cancel()
        _ = try await running.value
        await cluster.end("1", as: .cancelled)
        try #require(await eventually { pilots[0].process?.isRunning == false })
        let second = runner()
        let earlier = EarlierLaunch(trial: Trial.ID(0), folder: temporary.path + "/trials/0", number: 1)
        let living = try #require(await second.recover([earlier]).living.first)
        let completion = await second.takeUp(
            living, reports: WantedReports(metric: "score"), onJob: { _ in }, onReport: { _ in .goOn })
        #expect(completion.ending.words.contains("cancelled by hand"))
        await second.close()
    }

    @Test func `a run that asks for other resources has pilots of its own`() async throws {
        let first = runner()
        #expect(try await run("true", by: first).ending == .exited(0))
        await first.detach()
        let second = runner { $0.memory = 4096 }
        #expect(try await run("true", trial: 1, by: second).ending == .exited(0))
        #expect(pilots.map(\.name) == ["al-0a1b2c3d-w1", "al-0a1b2c3d-w2"])
        #expect(try await eventually { pilots[0].process?.isRunning == false })
        await second.close()
    }

    @Test func `a full queue leaves no folders, and one that cannot be written is waited for`() async throws {
        let runner = runner()
        let workers = temporary.path + "/workers"
        cluster.answer([.full("QOSMaxSubmitJobPerUserLimit"), .refused("Invalid account")])
        #expect(try await run("true", by: runner).ending.words.contains("Invalid account"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: workers).isEmpty)
        try FileManager.default.removeItem(atPath: workers)
        try Data().write(to: URL(filePath: workers))
        let running = Task { try await run("true", trial: 1, by: runner) }
        let problem = "cannot be written: Not a directory"
        try #require(
            await eventually { told.states.withLock { $0.contains { $0.reason?.hasSuffix(problem) == true } } })
        try FileManager.default.removeItem(atPath: workers)
        #expect(try await running.value.ending == .exited(0))
        await runner.close()
    }

    @Test func `launches at the same time have a pilot each, and what waits goes to the first that is free`() async throws {
        cluster.serve(2)
        let runner = runner()
        try await withThrowingTaskGroup(of: Completion.self) { group in
            for trial in 0..<4 { group.addTask { try await run(Self.counting(to: 3), trial: trial, by: runner) } }
            for try await completion in group { #expect(completion.ending == .exited(0)) }
        }
        for trial in 0..<4 { #expect(told.seen(trial) == [1, 2, 3]) }
        #expect(pilots.count == 4)
        #expect(pilots.count { $0.process != nil } == 2)
        #expect(told.states.withLock { $0.contains { $0.phase == .pending && $0.reason == "Resources" } })
        await runner.close()
        #expect(pilots.map(\.end).filter { $0 == .cancelled }.count == 2)
        #expect(try await eventually { pilots.allSatisfy { $0.end != nil || $0.process?.isRunning == false } })
    }

    @Test func `the next controller goes on with launches on pilots, and with the pilots`() async throws {
        let first = runner()
        let running = Task { try await run(Self.counting(to: 10), by: first) }
        try #require(await eventually { told.seen(0).count >= 2 })
        await first.detach()
        running.cancel()
        #expect(try await running.value.ending == .left)
        let second = runner()
        let earlier = EarlierLaunch(trial: Trial.ID(0), folder: temporary.path + "/trials/0", number: 1)
        let living = try #require(await second.recover([earlier]).living.first)
        told.values.withLock { $0 = [:] }
        let completion = await second.takeUp(
            living, reports: WantedReports(metric: "score"), onJob: { _ in },
            onReport: { [told] report in
                told.values.withLock { $0[0, default: []].append(report.value) }
                return .goOn
            })
        #expect(completion.ending == .exited(0))
        #expect(told.seen(0) == (1...10).map(Double.init))
        #expect(try await run(Self.counting(to: 1), trial: 1, by: second).ending == .exited(0))
        #expect(cluster.submitted.count == 1)
        await second.close()
    }

    @Test func `a launch that waited in an earlier controller's memory alone is given again`() async throws {
        cluster.serve(0)
        let first = runner()
        let running = Task { try await run(Self.counting(to: 2), by: first) }
        try #require(await eventually { pilots.count == 1 })
        // As if that controller were killed: nobody gives what waits.
        let second = runner()
        let earlier = EarlierLaunch(trial: Trial.ID(0), folder: temporary.path + "/trials/0", number: 1)
        let living = try #require(await second.recover([earlier]).living.first)
        cluster.serve(.max)
        let completion = await second.takeUp(
            living, reports: WantedReports(metric: "score"), onJob: { _ in }, onReport: { _ in .goOn })
        #expect(completion.ending == .exited(0))
        running.cancel()
        _ = try await running.value
        await second.close()
    }

    @Test(arguments: [
        (ListedJob.State.preempted, "was preempted on n1"), (.nodeFailed, "lost its node n1"),
        (.cancelled, "cancelled by hand"),
    ])
    func `a pilot's end is its launch's`(state: ListedJob.State, words: String) async throws {
        let runner = runner()
        let running = Task { try await run(Self.counting(to: 100), by: runner) }
        try #require(await eventually { told.seen(0).count >= 2 })
        await cluster.end("1", as: state)
        #expect(try await running.value.ending.words.contains(words))
        // The next launch has another pilot.
        #expect(try await run(Self.counting(to: 1), number: 2, by: runner).ending == .exited(0))
        #expect(pilots.count == 2)
        await runner.close()
    }

    @Test func `a launch on a pilot ends with its run, and the pilot takes the next`() async throws {
        let runner = runner()
        let running = Task { try await run(Self.counting(to: 100), by: runner) }
        try #require(await eventually { told.seen(0).count >= 2 })
        running.cancel()
        #expect(try await running.value.ending == .terminated)
        #expect(try await run(Self.counting(to: 1), trial: 1, by: runner).ending == .exited(0))
        #expect(cluster.submitted.count == 1)
        await runner.close()
    }

    @Test func `a launch that waits is taken back`() async throws {
        cluster.serve(0)
        let runner = runner()
        let running = Task { try await run(Self.counting(to: 1), by: runner) }
        try #require(await eventually { told.states.withLock { $0.contains { $0.reason == "Resources" } } })
        running.cancel()
        #expect(try await running.value.ending == .terminated)
        await runner.close()
        #expect(pilots.map(\.end) == [.cancelled])
    }

    @Test func `a setup that fails stops with its words`() async throws {
        let runner = runner { $0.setup = ["echo 'no such module: cuda' >&2", "false"] }
        let ending = try await run(Self.counting(to: 1), by: runner).ending
        #expect(
            ending
                == .notStarted(
                    "its job 1 ended with exit code 1 on n1 before the trial began (`setup` in the runner): no such module: cuda"
                ))
    }

    @Test func `a pilot that is refused says why, and a full queue is waited for`() async throws {
        let runner = runner()
        cluster.answer([.refused("Invalid account")])
        let refused = try await run(Self.counting(to: 1), by: runner).ending
        #expect(refused.words.contains("sbatch refused its job: Invalid account"))
        cluster.answer([.full("QOSMaxSubmitJobPerUserLimit")])
        #expect(try await run(Self.counting(to: 1), trial: 1, by: runner).ending == .exited(0))
        #expect(cluster.submitted.count == 3)
        await runner.close()
    }

    @Test func `a pilot that ends before its launch begins is replaced`() async throws {
        cluster.serve(0)
        let runner = runner()
        let running = Task { try await run(Self.counting(to: 1), by: runner) }
        try #require(await eventually { pilots.count == 1 })
        await cluster.end("1", as: .preempted)
        try #require(await eventually { pilots.count == 2 })
        cluster.serve(.max)
        #expect(try await running.value.ending == .exited(0))
        await runner.close()
    }

    @Test func `jobs change over to pilots once launches are short beside their wait, and say so`() async throws {
        let runner = runner(.auto)
        cluster.serve(0)
        try await withThrowingTaskGroup(of: Completion.self) { group in
            for trial in 0..<3 { group.addTask { try await run("true", trial: trial, by: runner) } }
            try #require(await eventually { cluster.jobs.count == 3 })
            try await Task.sleep(for: .seconds(5))
            cluster.serve(.max)
            for try await completion in group { #expect(completion.ending == .exited(0)) }
        }
        for trial in 3..<6 { #expect(try await run("true", trial: trial, by: runner).ending == .exited(0)) }
        #expect(cluster.submitted.prefix(3).allSatisfy { $0.name.contains("-t") })
        #expect(cluster.submitted.dropFirst(3).map(\.name) == ["al-0a1b2c3d-w1"])
        #expect(told.lines.withLock { $0.count } == 1)
        await runner.close()
    }

    @Test func `without pilots those of an earlier run are sent home`() async throws {
        let first = runner()
        #expect(try await run("true", by: first).ending == .exited(0))
        await first.detach()
        let second = runner(.never)
        #expect(try await run(Self.counting(to: 2), trial: 1, by: second).ending == .exited(0))
        #expect(cluster.submitted.map(\.name) == ["al-0a1b2c3d-w1", "al-0a1b2c3d-t1-l1"])
        #expect(try await eventually { pilots[0].process?.isRunning == false })
    }
}
