import CSupervisor
import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import TrainerSettings

/// What a pilot's job runs: one launch after the other, as its controller gives them. It chooses nothing itself.
package actor Pilot {
    private let folder: PilotFolder
    private let executable: String
    private let version: String
    private let environment: [String: String]
    private let start = ContinuousClock.now
    private var orders: SharedLines<PilotOrder>
    /// The latest line of `give` that was read.
    private var read = 0
    private var launches: [PilotOrder] = []
    private var dropped: Set<Int> = []
    private var isOver = false
    /// Its time is up after the launch that it runs.
    private var isLast = false
    /// The cluster wants it to end.
    private var isTold = false
    private var child: pid_t?
    /// How many starts the launch had before its supervisor was begun, and a signal that waits until that listens.
    private var launch: (folder: LaunchFolder, starts: Int)?
    private var unheard: Int32?
    /// Lines that could not be written yet.
    private var unsaid: [PilotWord] = []
    /// Seconds of the longest launch so far, and how many in a row did no work.
    private var longest = 0.0
    private var failures = 0
    /// What `setup` has left running in the background.
    private var early: Set<RunningProcess> = []

    private static let look = Duration.milliseconds(500)
    private static let mostFailures = 2
    /// Exit codes of a supervisor that did no work: another node may do better.
    static let noWork: Set = [
        Int(JobSupervisor.noLaunch), Int(JobSupervisor.cannotWrite), Int(JobSupervisor.otherVersion), 126, 127,
    ]

    /// - Parameters:
    ///   - folder: the pilot's.
    ///   - executable: the autolora binary.
    ///   - environment: this process's.
    package init(folder: String, executable: String, version: String, environment: [String: String]) {
        self.folder = PilotFolder(folder)
        (self.executable, self.version, self.environment) = (executable, version, environment)
        orders = SharedLines(self.folder.give)
    }

    /// Runs launches until there is a reason to end.
    ///
    /// - Returns: the exit code.
    package func run() async -> Int32 {
        guard let file = folder.pilot else {
            return refuse(JobSupervisor.noLaunch, "\(folder.file): cannot be read; does this node see the study's folder?")
        }
        guard file.version == version else {
            return refuse(
                JobSupervisor.otherVersion,
                "the study is run by autolora \(file.version), and \(executable) is \(version) here; install one version for all nodes"
            )
        }
        let isFirst = mkdir(folder.start(1), 0o777) == 0
        guard isFirst || errno == EEXIST, SharedFile.append(Array("\(isFirst ? 1 : 2)\n".utf8), to: folder.starts) else {
            return refuse(JobSupervisor.cannotWrite, "\(folder.path): cannot be written")
        }
        guard isFirst else {
            await fence()
            return 0
        }
        let signals = JobSignals.begin()
        let listener = Task { for await number in signals { hear(number) } }
        defer { listener.cancel() }
        let clock = JobClock.limit(environment, now: Double(time(nil))) ?? file.limit
        adopt_orphans()
        early = Leftovers.children
        var devices = await PilotDevices(executable: executable, environment: environment)
        while let order = await next(file, limit: clock) {
            await fly(order, limit: clock)
            await devices.settle { await self.isTold }
        }
        return 0
    }

    private func refuse(_ code: Int32, _ problem: String) -> Int32 {
        _ = try? FileDescriptor.standardError.writeAll("autolora: \(problem)\n".utf8)
        return code
    }

    private func left(of limit: Double?) -> Double? { limit.map { $0 - (ContinuousClock.now - start) / .seconds(1) } }

    // MARK: - Launches

    /// Waits for a launch; nil: it is time to end.
    private func next(_ file: PilotFile, limit: Double?) async -> PilotOrder? {
        let since = ContinuousClock.now
        var told = -1
        while true {
            take()
            if let why = reasonToEnd(file, idle: (ContinuousClock.now - since) / .seconds(1), left: left(of: limit)) {
                say(.gone, read, why: why)
                return nil
            }
            if !launches.isEmpty { return launches.removeFirst() }
            if told != read, say(.free, read, left: left(of: limit)) { told = read }
            try? await Task.sleep(for: Self.look)
        }
    }

    private func take() {
        for order in orders.news() where order.n > read {
            read = order.n
            if order.launch != nil { launches.append(order) }
            if let line = order.drop {
                dropped.insert(line)
                launches.removeAll { $0.n == line }
            }
            if order.end == true { isOver = true }
        }
    }

    private func reasonToEnd(_ file: PilotFile, idle: Double, left: Double?) -> String? {
        if isTold { return "told to end" }
        if isLast { return "time" }
        if hasRival { return "started twice" }
        if failures >= Self.mostFailures { return "\(failures) launches in a row did no work here" }
        if !launches.isEmpty { return nil }
        if isOver { return "no more launches" }
        // One launch it runs, however short its time is: a job would.
        if longest > 0, let left, left < file.warning + 2 * longest { return "time" }
        return idle >= file.idle ? "idle" : nil
    }

    /// By the lines of a file that is there: a name that is looked for too soon may stay missing for a minute.
    private var hasRival: Bool { Self.lines(folder.starts) > 1 }

    private static func lines(_ path: String) -> Int { ((try? SharedFile.read(path, from: 0)) ?? []).count { $0 == 0x0A } }

    private func fly(_ order: PilotOrder, limit: Double?) async {
        guard let launch = order.launch, say(.begun, order.n) else { return }
        let began = ContinuousClock.now
        let watching = Task { await watch(order.n) }
        let status = await supervise(launch, order.name ?? "", limit: limit)
        let hasStarted = isListening
        (child, self.launch, unheard) = (nil, nil, nil)
        watching.cancel()
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        longest = max(longest, seconds)
        let code: Int? = if case .exited(let code)? = status { Int(code) } else { status == nil ? 126 : nil }
        failures = code.map(Self.noWork.contains) ?? !hasStarted ? failures + 1 : 0
        // Why the job itself was told to end is for the cluster to say.
        if isTold { return }
        var over = PilotWord(n: order.n, said: .over, code: code, seconds: seconds)
        over.hasStarted = hasStarted
        if case .signaled(let number)? = status { over.signal = Int(number) }
        say(over)
    }

    /// Runs a launch's supervisor; nil: it could not be started.
    private func supervise(_ launch: String, _ name: String, limit: Double?) async -> TerminationStatus? {
        self.launch = (LaunchFolder(launch), Self.lines(LaunchFolder(launch).starts))
        var variables: [Environment.Key: String?] = [.pilot: String(getpid())]
        if environment[Environment.Key.endTime.rawValue] == nil, let left = left(of: limit) {
            variables[.endTime] = String(Int(Double(time(nil)) + left))
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        let job = PilotCrew.id(environment["SLURM_JOB_ID"], name)
        let path = LaunchFolder(launch).output(ofJob: job)
        let file = try? FileDescriptor.open(
            path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .init(rawValue: 0o666))
        defer { try? file?.close() }
        let output = FileDescriptorOutput.fileDescriptor(file ?? .standardError, closeAfterSpawningProcess: false)
        let result = try? await Subprocess.run(
            .path(FilePath(executable)), arguments: ["supervise", "--launch", launch],
            environment: .inherit.updating(variables), platformOptions: options, input: .none, output: output, error: output
        ) { execution in
            began(execution.processIdentifier.value)
        }
        // What should have ended the trial was killed itself. The next launch is to find the job as this one did.
        let status = result?.terminationStatus
        if case .exited? = status {} else { await Leftovers.end(in: LaunchFolder(launch).run, sparing: early) }
        return status
    }

    private func began(_ process: pid_t) {
        child = process
        if isTold { pass(SIGTERM) } else if isLast { pass(SIGUSR1) }
    }

    /// Whether the launch's supervisor has started: it listens to signals before it says so.
    private var isListening: Bool { launch.map { Self.lines($0.folder.starts) > $0.starts } ?? false }

    /// Passes a signal on as soon as it does not end what should take it in.
    private func pass(_ number: Int32) {
        guard let child else { return }
        guard isListening else {
            unheard = number
            return
        }
        unheard = nil
        kill(child, number)
    }

    /// Looks now and then whether a launch is wanted any more, and whether it can be told what it has not heard.
    private func watch(_ line: Int) async {
        var looks = 0
        while !Task.isCancelled {
            if let unheard { pass(unheard) }
            if looks % 5 == 0 {
                take()
                if dropped.contains(line), let child { kill(child, SIGTERM) }
            }
            looks += 1
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    // MARK: - What is said and heard

    @discardableResult private func say(_ said: PilotWord.Said, _ line: Int, left: Double? = nil, why: String? = nil) -> Bool {
        say(PilotWord(n: line, said: said, left: left, node: environment["SLURMD_NODENAME"], why: why))
    }

    /// What cannot be written is said later, but for what will no longer be true then.
    @discardableResult private func say(_ word: PilotWord) -> Bool {
        while let first = unsaid.first, SharedLines.append(first, to: folder.ask) { unsaid.removeFirst() }
        guard unsaid.isEmpty, SharedLines.append(word, to: folder.ask) else {
            if word.said == .over { unsaid.append(word) }
            return false
        }
        return true
    }

    private func hear(_ number: Int32) {
        if number == SIGUSR1 { isLast = true } else { isTold = true }
        pass(number == SIGHUP ? SIGTERM : number)
    }

    /// Another start of this job works, or has worked: its launch sees this one and gives way, and it does no more itself.
    private func fence() async {
        take()
        guard let order = launches.last, let launch = order.launch, access(LaunchFolder(launch).start(1), F_OK) == 0 else {
            return
        }
        _ = await supervise(launch, order.name ?? "", limit: nil)
    }
}

extension Environment.Key {
    /// The pilot's process, for the supervisor of a launch that ends with it.
    static let pilot: Self = "AUTOLORA_PILOT"
    static let endTime: Self = "SLURM_JOB_END_TIME"
}
