import Foundation
import SearchSpaces
import Studies
import Synchronization
import TestSupport
import Testing

@testable import TrialRunners

/// What goes wrong around launches that run as jobs, on a stand-in for a cluster; what runs in each job is the real supervisor.
@Suite(.timeLimit(.minutes(10))) struct SlurmFaultsTests {
    private let temporary: TemporaryFolder
    private let cluster: StandInCluster

    init() throws {
        temporary = try TemporaryFolder()
        cluster = StandInCluster(environment: ["SLURM_CPUS_ON_NODE": "6"])
    }

    private func runner(study: String = "0a1b2c3d", _ change: (inout SlurmRequest) -> Void = { _ in }) -> SlurmRunner {
        var request = SlurmRequest()
        change(&request)
        return SlurmRunner(
            executable: TemporaryFolder.autolora, version: "0.1.0", study: study, request: request, queue: cluster,
            pace: SlurmPace(times: 0.05))
    }

    private func launch(_ script: String, number: Int = 1) throws -> Launch {
        let folder = runner().folder(ofLaunch: number, in: temporary.path)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var launch = Launch(
            trial: Trial.ID(3), command: ["/bin/bash", "-c", script], environment: ["AUTOLORA_TRIAL_DIR": folder],
            workingFolder: temporary.path, folder: folder, reports: WantedReports(metric: "score"), grace: 0.5)
        launch.number = number
        return launch
    }

    /// Reports 1, 2, ... each a fifth of a second, with a checkpoint after each.
    private static let counting = """
        i=0; while true; do i=$((i+1)); sleep 0.2; echo "{\\"score\\": $i, \\"step\\": $i}"
        mkdir -p $AUTOLORA_TRIAL_DIR/checkpoint; echo $i > $AUTOLORA_TRIAL_DIR/checkpoint/iter; done
        """

    /// What came of a launch.
    private final class Log: Sendable {
        let values = Mutex<[Double]>([])
        let reasons = Mutex<[String?]>([])
        var seen: [Double] { values.withLock { $0 } }
    }

    private func run(
        _ launch: Launch, by runner: SlurmRunner? = nil, _ log: Log = Log(),
        directive: @escaping @Sendable (Double) -> Directive = { _ in .goOn }
    ) async -> Completion {
        await (runner ?? self.runner()).run(
            launch, onJob: { state in log.reasons.withLock { $0.append(state.reason) } },
            onReport: { report in
                log.values.withLock { $0.append(report.value) }
                return directive(report.value)
            })
    }

    @Test(arguments: ["order", "starts"]) func `an order that cannot be written does not keep a run from ending`(
        broken: String
    ) async throws {
        let (log, launch) = (Log(), try launch(Self.counting))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 1 })
        let path = temporary.path + "/launches/1/" + broken
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        running.cancel()
        #expect(await running.value.ending == .terminated)
        // By the order where that could be written, else by the cluster.
        #expect(cluster.jobs.map(\.end) == [broken == "order" ? .cancelled : nil])
        #expect(cluster.jobs[0].process?.isRunning == false)
    }

    @Test func `an order is written once its file can be`() async throws {
        let (log, launch) = (Log(), try launch(Self.counting))
        let order = temporary.path + "/launches/1/order"
        let running = Task {
            await run(launch, log) { value in
                // While it is decided the file is away.
                guard value == 3 else { return .goOn }
                rename(order, order + ".away")
                return .endNow
            }
        }
        try #require(await eventually { log.seen.count >= 5 })
        #expect(rename(order + ".away", order) == 0)
        #expect(await running.value.ending == .terminated)
        #expect(temporary.read("launches/1/order") == "{\"do\":\"endNow\",\"n\":1}\n")
        #expect(cluster.jobs.map(\.end) == [nil])
    }

    @Test func `a job that is put back into the queue while it runs is nobody's fault`() async throws {
        let (log, launch) = (Log(), try launch(Self.counting))
        let running = Task { await run(launch, log) }
        try #require(await eventually { log.seen.count >= 2 })
        await cluster.end("1", as: .pending)
        #expect(await running.value.ending == .displaced(.init(reason: "was put back into the queue", leftCheckpoint: true)))
        #expect(temporary.read("checkpoint/iter") != nil)
    }

    @Test func `what a node has of its own for a cache is passed on`() async throws {
        let runner = runner { $0.setup = ["export AUTOLORA_CACHE=/node/cache"] }
        var launch = try launch("echo $AUTOLORA_CACHE >&2; echo '{\"score\": 1}'")
        launch.environment["AUTOLORA_CACHE"] = .some("/study/cache")
        #expect(await run(launch, by: runner).ending == .exited(0))
        #expect(temporary.read("log.txt")?.contains("/node/cache") == true)
    }

    @Test func `jobs that are all cancelled at once stop the run, one that is cancelled alone has failed`() async throws {
        for isAll in [true, false] {
            let runner = runner()
            let logs = [Log(), Log()]
            let first = isAll ? 1 : 3
            let launches = [try launch(Self.counting, number: first), try launch(Self.counting, number: first + 1)]
            let running = zip(launches, logs).map { launch, log in Task { await run(launch, by: runner, log) } }
            try #require(await eventually { logs.allSatisfy { $0.seen.count >= 1 } })
            let numbers = cluster.jobs.suffix(2).map(\.number)
            await cluster.end(numbers[0], as: .cancelled)
            if isAll { await cluster.end(numbers[1], as: .cancelled) }
            let words = "its job was cancelled by hand, and so were all others of the study at the same time (scancel)"
            let names = cluster.jobs.suffix(2).map(\.name)
            let ended = names[0].hasSuffix("l\(first)") ? 0 : 1
            #expect(
                await running[ended].value.ending
                    == (isAll ? .notStarted(words) : .cancelled("its job was cancelled by hand (scancel)")))
            running[1 - ended].cancel()
            let other = await running[1 - ended].value.ending
            #expect(isAll ? [.notStarted(words), .terminated].contains(other) : other == .terminated)
        }
    }

    @Test func `a run that is left cancels nothing, though another launch is still being submitted`() async throws {
        let (runner, log) = (runner(), Log())
        let (first, second) = (try launch(Self.counting), try launch(Self.counting, number: 2))
        let running = Task { await run(first, by: runner, log) }
        try #require(await eventually { log.seen.count >= 1 })
        cluster.delay(.seconds(3))
        let submitting = Task { await run(second, by: runner) }
        try #require(await eventually { cluster.submissionsBegun == 2 })
        await runner.detach()
        running.cancel()
        submitting.cancel()
        #expect(await running.value.ending == .left)
        #expect(await submitting.value.ending == .left)
        #expect(await runner.close() == nil)
        #expect(cluster.jobs.map(\.end) == [nil, nil])
        for job in cluster.jobs { await cluster.end(job.number, as: .cancelled) }
    }

    @Test func `a study that is found by another path goes on with its jobs`() async throws {
        let (first, log) = (runner(), Log())
        let launch = try launch(Self.counting)
        let running = Task { await run(launch, by: first, log) }
        try #require(await eventually { log.seen.count >= 1 })
        await first.detach()
        running.cancel()
        _ = await running.value
        let second = runner(study: "ffffffff")
        let recovered = await second.recover([EarlierLaunch(trial: Trial.ID(3), folder: temporary.path, number: 1)])
        let living = try #require(recovered.living.first)
        let states = Mutex<[JobState]>([])
        let again = Task {
            await second.takeUp(
                living, reports: WantedReports(metric: "score"), onJob: { state in states.withLock { $0.append(state) } },
                onReport: { $0.value < 25 ? .goOn : .endNow })
        }
        #expect(await again.value.ending == .terminated)
        #expect(states.withLock { $0.contains { $0.job == "1" && $0.phase == .running } })
        #expect(cluster.submitted.count == 1)
        #expect(cluster.jobs.map(\.end) == [nil])
    }

    @Test func `jobs that could not be taken out of the queue are named`() async throws {
        cluster.serve(0)
        let (runner, log) = (runner(), Log())
        let launch = try launch(Self.counting)
        let running = Task { await run(launch, by: runner, log) }
        try #require(await eventually { log.reasons.withLock { $0.contains("Resources") } })
        cluster.silence(true)
        running.cancel()
        #expect(await running.value.ending == .terminated)
        let left = try #require(await runner.close())
        #expect(left.hasPrefix("Slurm does not answer (connect failure): it may still have jobs 1 of this study"))
        cluster.silence(false)
        #expect(await runner.close() == nil)
        #expect(cluster.jobs.map(\.end) == [.cancelled])
    }

    @Test func `a launch has what earlier ones left, as on one machine`() async throws {
        let first = """
            cd $AUTOLORA_TRIAL_DIR; mkdir -p kept/deep adapter checkpoint; echo one > rows; echo a > kept/a; echo b > kept/deep/b
            head -c 3000000 /dev/zero > large; ln -s rows link; echo best > adapter/weights; echo 1 > checkpoint/iter
            echo '{"score": 1, "step": 1}'
            """
        #expect(await run(try launch(first)).ending == .exited(0))
        let second = """
            cd $AUTOLORA_TRIAL_DIR; [ $(stat -c %s large) = 3000000 ] || exit 3; [ "$(readlink link)" = rows ] || exit 4
            [ ! -e adapter ] && [ ! -e checkpoint ] && [ ! -e log.txt.old ] || exit 5
            echo two >> rows; echo c > kept/deep/c; echo small > large.new; mv large.new large; echo '{"score": 2, "step": 2}'
            """
        #expect(await run(try launch(second, number: 2)).ending == .exited(0))
        #expect(temporary.read("rows") == "one\ntwo\n")
        #expect(["kept/a", "kept/deep/b", "kept/deep/c"].map(temporary.read) == ["a\n", "b\n", "c\n"])
        #expect(temporary.read("large") == "small\n")
        #expect(temporary.read("adapter/weights") == "best\n")
        #expect(temporary.read("checkpoint/iter") == "1\n")
    }

    @Test func `a job that asks for no processors computes with those that it is given`() async throws {
        for (cpus, threads) in [(nil, "6"), (2, "2")] as [(Int?, String)] {
            let runner = runner { request in
                request.cpus = cpus
                request.setup = cpus.map { ["export SLURM_CPUS_PER_TASK=\($0)"] } ?? []
            }
            var launch = try launch("echo threads $AUTOLORA_THREADS; echo '{\"score\": 1}'", number: cpus ?? 1)
            launch.environment["AUTOLORA_THREADS"] = .some("\(runner.threads)")
            #expect(await run(launch, by: runner).ending == .exited(0))
            #expect(temporary.read("log.txt")?.contains("threads \(threads)\n") == true)
        }
    }
}
