import FoundationEssentials
import Studies
import Synchronization
import TrainerSettings

/// Follows one launch that runs as a job, from its submission to its end.
final class JobFollower: Sendable {
    private let folder: LaunchFolder
    private let file: LaunchFile
    private let cluster: Cluster
    private let wasBegun: Bool
    private let onJob: @Sendable (JobState) async -> Void
    private let onReport: @Sendable (ReportLine) async -> Directive
    private let isWanted = Mutex(true)
    private let isDetached = Mutex(false)
    /// Until the next look at its files.
    private let pause = Mutex<Task<Void, any Error>?>(nil)
    /// Whether this controller has said what is to become of it.
    private let hasOrdered = Mutex(false)
    /// An order that could not be written yet.
    private let unsaid = Mutex<Directive?>(nil)

    /// What all launches of a study share.
    struct Cluster: Sendable {
        let queue: any ClusterQueue
        let watch: QueueWatch
        let gate: SubmissionGate
        let pace: SlurmPace
        let resources: [String]
    }

    /// - Parameter wasBegun: an earlier controller made the launch's files.
    init(
        _ folder: LaunchFolder, _ file: LaunchFile, on cluster: Cluster, wasBegun: Bool,
        onJob: @escaping @Sendable (JobState) async -> Void, onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) {
        (self.folder, self.file, self.cluster, self.wasBegun) = (folder, file, cluster, wasBegun)
        (self.onJob, self.onReport) = (onJob, onReport)
    }

    /// The launch is to end.
    func end() {
        isWanted.withLock { $0 = false }
        pause.withLock { $0?.cancel() }
    }

    /// Nobody follows it any more, and it goes on.
    func leave() { isDetached.withLock { $0 = true } }

    func run() async -> Completion {
        let (clock, start) = (ContinuousClock(), ContinuousClock.now)
        func seconds(_ instant: ContinuousClock.Instant) -> Double { (instant - start) / .seconds(1) }
        let log: TrialLog
        do { log = try TrialLog(folder: folder.trial) } catch { return Completion(ending: .notStarted("\(error)")) }
        var life = LaunchLife(
            name: file.name, wasBegun: wasBegun, grace: file.grace, pace: cluster.pace, now: seconds(clock.now))
        var reader = LaunchReader(
            folder, log: max(0, FileTail.length(of: folder.trial + "/log.txt") - file.logStart))
        await cluster.watch.follow(file.name)
        var isFirst = true
        while !isDetached.withLock({ $0 }) {
            let look = await cluster.watch.latest(of: file.name)
            let isOver = !look.jobs.contains(where: \.state.isLive)
            // How it is comes first: what it said before is then all there.
            var signs = reader.signs(thorough: isFirst || isOver && look.number > 0, job: life.job)
            for report in reader.news() { await take(report) }
            signs.reports = reader.count
            if let directive = unsaid.withLock(\.self) { order(directive) }
            await copy(&reader, to: log)
            let isWanted = isWanted.withLock { $0 }
            let actions = life.consider(
                signs, looks: look.number, asked: seconds(look.began), jobs: look.jobs,
                silence: look.silence.map { (seconds(clock.now) - seconds($0.since), $0.reason) },
                isWanted: isWanted, now: seconds(clock.now))
            isFirst = false
            if let outcome = await carry(out: actions, &life, now: { seconds(clock.now) }) {
                for report in reader.news() { await take(report) }
                await copy(&reader, to: log)
                await log.close()
                await cluster.watch.leave(file.name)
                return await conclude(outcome, end: signs.end)
            }
            await rest(knowing: isWanted)
        }
        await log.close()
        await cluster.watch.leave(file.name)
        return Completion(ending: .left)
    }

    /// Until the next look, or until the launch is to end.
    private func rest(knowing wasWanted: Bool) async {
        let task = Task { [seconds = cluster.pace.files] in try await Task.sleep(for: .seconds(seconds)) }
        pause.withLock { $0 = task }
        if wasWanted, !isWanted.withLock({ $0 }) { task.cancel() }
        _ = try? await task.value
    }

    private func take(_ report: ReportLine) async {
        let directive = await onReport(report)
        guard directive != .goOn else { return }
        hasOrdered.withLock { $0 = true }
        order(directive)
    }

    private func copy(_ reader: inout LaunchReader, to log: TrialLog) async {
        while true {
            let bytes = reader.logged()
            if bytes.isEmpty { return }
            await log.write(bytes, from: .output)
        }
    }

    /// - Returns: how the launch is over; nil: it is not.
    private func carry(
        out actions: [LaunchLife.Action], _ life: inout LaunchLife, now: () -> Double
    ) async -> LaunchLife.Outcome? {
        var actions = actions
        while !actions.isEmpty {
            switch actions.removeFirst() {
            case .submit: actions += await submit(&life, now: now)
            case .cancel(let jobs): await cluster.queue.cancel(jobs)
            case .kill(let jobs): await cluster.queue.cancelDeaf(jobs)
            case .order:
                // It hears of it by the cluster then.
                if !order(.endNow), let job = life.job { await cluster.queue.cancel([job]) }
            case .hasten: await cluster.watch.hasten()
            case .tell(var state):
                // What tells a pilot's launches from each other is no part of its job's number.
                state.job = state.job.map { String($0.prefix { $0 != "." }) }.flatMap { $0.isEmpty ? nil : $0 }
                await onJob(state)
            case .settle(let outcome): return outcome
            }
        }
        return nil
    }

    private func submit(_ life: inout LaunchLife, now: () -> Double) async -> [LaunchLife.Action] {
        let isFree = await cluster.queue.takesAtOnce()
        let mayPass = if isFree { true } else { await cluster.gate.pass() }
        guard mayPass else {
            life.hold(await cluster.gate.closed)
            return []
        }
        await onJob(JobState(name: file.name, phase: .submitting))
        let submission = await cluster.queue.submit(
            ClusterJob(name: file.name, script: folder.script, folder: folder.path, workingFolder: file.workingFolder))
        if case .full(let reason) = submission { await cluster.gate.close(reason) }
        return life.take(submission, now: now())
    }

    /// Orders what is not ordered already.
    ///
    /// - Returns: whether it is written; what is not is tried again at the next look.
    @discardableResult private func order(_ directive: Directive) -> Bool {
        let isWritten = append(directive)
        unsaid.withLock { $0 = isWritten ? nil : directive }
        return isWritten
    }

    private func append(_ directive: Directive) -> Bool {
        // The number has to be a new one: without the earlier orders nothing is written.
        guard let bytes = try? SharedFile.read(folder.order, from: 0) else { return false }
        let orders = LaunchOrder.all(in: bytes)
        guard orders.last?.do != directive else { return true }
        let next = LaunchOrder(n: (orders.last?.n ?? 0) + 1, do: directive)
        guard let line = try? JSONWriter.data(next, .exact) else { return true }
        // What was cut off is no order.
        let cut: [UInt8] = bytes.isEmpty || bytes.last == 0x0A ? [] : [0x0A]
        return SharedFile.append(cut + Array(line) + [0x0A], to: folder.order)
    }

    // MARK: - The end

    private func conclude(_ outcome: LaunchLife.Outcome, end: LaunchEnd?) async -> Completion {
        let remains = LaunchRemains(folder: folder)
        var words = JobOutcome(outcome: outcome, leftCheckpoint: remains.hasCheckpoint, resources: cluster.resources)
        words.wasToldByOther = wasBegun && !hasOrdered.withLock { $0 }
        words.isSwept = await cluster.watch.wasSwept(file.name)
        if let job = words.job {
            if words.needsDetails { words.details = await cluster.queue.details(of: job) }
            let printed = FileTail.read(folder.output(ofJob: job), bytes: LogEnd.lastBytes)
            words.printed = printed.flatMap { $0.isEmpty ? nil : $0 }
        }
        switch (outcome, end) {
        // What it saved is of steps that nobody knows.
        case (.lost(.incomplete, _), _): break
        case (_, nil): remains.copy()
        default: remains.move()
        }
        var completion = words.completion
        completion.evidence.logStart = file.logStart
        return completion
    }
}
