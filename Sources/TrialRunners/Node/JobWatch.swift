import FoundationEssentials
import Glibc
import TrainerSettings

/// Looks after a launch from within its job: passes on its reports, reads its orders, says that it lives, keeps its time, and gives way to
/// another start of it.
actor JobWatch {
    private let folder: LaunchFolder
    private let file: LaunchFile
    private let clock: JobClock?
    /// The process that its job runs, where that is not this one.
    private let pilot: pid_t?
    private let start = ContinuousClock.now
    private var reports = 0
    private var why = LaunchEnd.Why.exit
    /// Whether the next report is to be the last one.
    private var isLast = false
    private var isBroken = false
    private var ordered = 0
    private var beats = 0
    /// How often a report is tried to be passed on, once a second.
    private static let tries = 300
    private var synced: [String: Int] = [:]

    init(_ folder: LaunchFolder, _ file: LaunchFile, clock: JobClock?, pilot: pid_t?) {
        (self.folder, self.file, self.clock, self.pilot) = (folder, file, clock, pilot)
    }

    private var age: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Passes a report on; what it means is the controller's to say.
    func take(_ report: ReportLine) async -> Directive {
        var (bytes, tries) = (ReportMail.line(report), 0)
        while !SharedFile.append(bytes, to: folder.reports, durably: false) {
            tries += 1
            guard tries < Self.tries else {
                // Nobody would ever hear of what comes.
                isBroken = true
                return .endNow
            }
            // A file system that is away comes back, as a rule, and the trial goes on meanwhile. A part of the line may be there.
            bytes = [0x0A] + ReportMail.line(report)
            try? await Task.sleep(for: .seconds(1))
        }
        reports += 1
        guard isLast else { return .goOn }
        isLast = false
        return .pause
    }

    /// How the launch ended; nil: not all of its reports could be passed on.
    func end(_ completion: Completion, seconds: Double, job: String?, node: String) -> LaunchEnd? {
        guard !isBroken, SharedFile.sync(folder.reports) else { return nil }
        return LaunchEnd(completion: completion, why: why, reports: reports, seconds: seconds, job: job, node: node)
    }

    /// Looks around each second until it is cancelled.
    func run(_ signals: AsyncStream<Int32>, tell: AsyncStream<Directive>.Continuation) async {
        let listener = Task { for await number in signals { hear(number, tell: tell) } }
        defer { listener.cancel() }
        var pulse = -file.pulse
        while !Task.isCancelled {
            if hasRival { await giveWay() }
            if let pilot, getppid() != pilot { hear(SIGTERM, tell: tell) }
            obey(tell)
            keepTime(tell)
            if age - pulse >= file.pulse {
                pulse = age
                beat()
            }
            sync()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: - Orders

    private func obey(_ tell: AsyncStream<Directive>.Continuation) {
        guard let bytes = try? SharedFile.read(folder.order, from: 0) else { return }
        for order in LaunchOrder.all(in: bytes) where order.n > ordered {
            ordered = order.n
            if order.do == .endNow, why == .exit { why = .order }
            tell.yield(order.do)
        }
    }

    private func hear(_ number: Int32, tell: AsyncStream<Directive>.Continuation) {
        guard number != SIGUSR1 else { return comeToEnd() }
        guard why != .signal else { return }
        why = .signal
        tell.yield(.endNow)
        // The cluster kills all at once when that time is over: the end has to be written before.
        let patience = max(1, file.killWait - 2)
        Task {
            try await Task.sleep(for: .seconds(patience))
            await Self.killAll()
        }
    }

    // MARK: - Time

    private func keepTime(_ tell: AsyncStream<Directive>.Continuation) {
        guard let clock else { return }
        if age >= clock.soft { comeToEnd() }
        guard age >= clock.hard, why == .exit || why == .time, !isOver else { return }
        (isOver, why) = (true, .time)
        tell.yield(.endNow)
    }

    private var isOver = false

    private func comeToEnd() {
        guard why == .exit else { return }
        (why, isLast) = (.time, true)
    }

    // MARK: - Signs

    private func beat() {
        beats += 1
        try? AtomicFile.write([Data("\(beats)\n".utf8)], to: folder.alive)
    }

    /// Written data of a network's file system stay on this node until they are asked for.
    private func sync() {
        for path in [folder.reports, folder.run + "/log.txt", folder.run + "/output.txt"] {
            let length = FileTail.length(of: path)
            guard synced[path] != length else { continue }
            if SharedFile.sync(path) { synced[path] = length }
        }
    }

    // MARK: - Another start

    /// By the lines of a file that is there: a name that is looked for too soon may stay missing for a minute.
    private var hasRival: Bool {
        ((try? SharedFile.read(folder.starts, from: 0)) ?? []).count { $0 == 0x0A } > 1
    }

    /// The launch is no longer this job's: nothing more is written, and nothing of it lives on.
    private func giveWay() async {
        await Self.killAll()
        _ = SharedFile.append(Array("fenced\n".utf8), to: folder.fenced)
        _exit(0)
    }

    private static func killAll() async {
        guard let this = RunningProcess(getpid()) else { return }
        for _ in 0..<100 {
            let living = this.descendants
            if living.isEmpty { return }
            for process in living { process.end() }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
