import CSupervisor
import FoundationEssentials
import Glibc
import SearchSpaces
import Studies
import Subprocess
import SystemPackage

/// Runs trials as processes on this machine, each under a supervisor of its own that ends it with the controller.
package struct LocalRunner: TrialRunner {
    private let executable: String
    private let adoptsOrphans: Bool
    package let threads: Int
    package let places: (any Places)?

    /// - Parameters:
    ///   - executable: the autolora binary, beside which the supervisor lies.
    ///   - workers: trials that run at the same time and share the processors.
    ///   - adoptsOrphans: whether what a killed supervisor leaves comes to this process, which must have no other children then.
    ///   - places: where launches find their devices; nil: they share what there is.
    package init(
        executable: String, workers: Int = 1, adoptsOrphans: Bool = false, places: (any Places)? = nil
    ) {
        self.places = places
        self.executable = executable
        self.adoptsOrphans = adoptsOrphans
        threads = Self.threads(for: workers)
    }

    /// The threads of each of some trials at the same time.
    package static func threads(for workers: Int) -> Int {
        max(1, ProcessInfo.processInfo.activeProcessorCount / max(1, workers))
    }

    package func threads(for workers: Int) -> Int { Self.threads(for: workers) }

    package func recover(_ launches: [EarlierLaunch]) async -> Recovery {
        if adoptsOrphans { adopt_orphans() }
        return Recovery(ended: await Leftovers.end(inFolders: launches.map(\.folder)))
    }

    package func run(
        _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        await run(launch, orders: AsyncStream { $0.finish() }, onReport: onReport)
    }

    /// - Parameter orders: what becomes of the process, beside what its reports bring.
    func run(
        _ launch: Launch, orders directives: AsyncStream<Directive>,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        let signs = LaunchSigns(launch)
        let log: TrialLog
        do { log = try TrialLog(folder: launch.folder) } catch { return signs.completion(.notStarted("\(error)")) }
        let (orders, tell) = AsyncStream.makeStream(of: ProcessEnder.Order.self)
        // A task of its own: what a process says while it is being ended is still read.
        let work = Task { await supervise(launch, log, orders: orders, tell: tell, onReport: onReport) }
        let passing = Task { for await directive in directives { tell.yield(.directive(directive)) } }
        defer { passing.cancel() }
        let ending = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            tell.yield(.directive(.endNow))
        }
        return signs.completion(ending, errors: await log.errors)
    }

    private func supervise(
        _ launch: Launch, _ log: TrialLog, orders: AsyncStream<ProcessEnder.Order>,
        tell: AsyncStream<ProcessEnder.Order>.Continuation,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> TrialLife.Ending {
        let deadlines = Deadlines(launch: launch.timeout, silence: launch.silence)
        let listener = LaunchListener(launch: launch, log: log, deadlines: deadlines, tell: tell, onReport: onReport)
        // Before the process starts: what is there by then is an earlier launch's.
        let followed = FollowedFile(launch)
        let kept = KeptOutput(folder: launch.folder)
        var options = PlatformOptions()
        options.processGroupID = 0
        let words = Supervisor.words(executable: executable, grace: launch.grace) + launch.command
        do {
            let result = try await Subprocess.run(
                .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating(Self.keyed(launch.environment.merging(Self.own(launch)) { $1 })),
                workingDirectory: FilePath(launch.workingFolder), platformOptions: options,
                input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                await withTaskGroup(of: Void.self, returning: TrialLife.Ending?.self) { group in
                    group.addTask { await listener.read(execution.standardOutput, kept: kept) }
                    group.addTask { await listener.drain(execution.standardError) }
                    let ender = Task {
                        await ProcessEnder(launch) { signals in
                            for signal in signals { try? execution.send(signal: signal) }
                        }.obey(orders, tell: tell)
                    }
                    let clock = Task { if let timeout = try await deadlines.pass() { tell.yield(.timedOut(timeout)) } }
                    let watch = Task { try await outlive(execution.processIdentifier.value, of: launch) }
                    let follower = Task { await listener.follow(followed) }
                    await group.waitForAll()
                    follower.cancel()
                    await follower.value
                    clock.cancel()
                    watch.cancel()
                    ender.cancel()
                    return await ender.value
                }
            }
            if case .timedOut? = result.closureResult {
                await log.write(Array("autolora: \(result.closureResult?.words ?? "")\n".utf8), from: .errors)
            }
            await log.close()
            if case .signaled = result.terminationStatus { await Leftovers.end(in: launch.folder) }
            if let ending = result.closureResult {
                // What it was writing then is not whole.
                if ending == .terminated, case .signaled(SIGKILL) = result.terminationStatus { return .killed }
                return ending
            }
            switch result.terminationStatus {
            case .exited(let code):
                if code == Supervisor.couldNotStart, let obstacle = ProcessRecord.obstacle(in: launch.folder) {
                    ProcessRecord.remove(in: launch.folder)
                    return .notStarted("its process could not be started: \(obstacle)")
                }
                return .exited(Int(code))
            case .signaled(let signal): return .signaled(Int(signal))
            }
        } catch {
            await log.close()
            return .notStarted("its process could not be started: \(error)")
        }
    }

    /// Where a supervisor was killed, what it kept does not end with it: grandchildren hold the pipes, and the trial with them.
    private func outlive(_ supervisor: pid_t, of launch: Launch) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            if RunningProcess(supervisor) == nil { await Leftovers.end(in: launch.folder) }
        }
    }

    /// What the supervisor is told: a word that no other launch has, by which what it started can be told from whatever else has a
    /// variable of that name, and what it is to hold.
    private static func own(_ launch: Launch) -> [String: String?] {
        let word = String(UInt64.random(in: 0 ... .max), radix: 16) + String(UInt64.random(in: 0 ... .max), radix: 16)
        return [
            "AUTOLORA_LAUNCH": word,
            "AUTOLORA_LEASES": launch.leases.isEmpty ? nil : launch.leases.joined(separator: " "),
        ]
    }

    private static func keyed(_ variables: [String: String?]) -> [Environment.Key: String?] {
        Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(rawValue: $0) ?? "", $1) })
    }
}
