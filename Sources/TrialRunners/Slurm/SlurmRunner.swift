import FoundationEssentials
package import SearchSpaces
import Studies
import Synchronization
import TrainerSettings

/// Runs each launch of a trial as a job of a Slurm cluster. Jobs outlive this process; the next one takes them up.
package final class SlurmRunner: TrialRunner {
    private let executable: String
    private let version: String
    private let study: String
    private let request: SlurmRequest
    private let cluster: JobFollower.Cluster
    /// nil: each launch is a job of its own.
    private let pilots: PilotQueue?
    private let isDetached = Mutex(false)
    private let killWait = Once<Double>()

    package let threads: Int

    /// Where a cluster does not tell.
    private static let usualKillWait = 30.0

    /// - Parameters:
    ///   - executable: the autolora binary, at the same path on all nodes.
    ///   - version: of it.
    ///   - study: what no other study's jobs are named by (``tag(study:folder:createdAt:)``).
    ///   - request: what each job asks for.
    ///   - pilots: the folder of the pilots' folders; nil: there are none.
    ///   - tell: takes a line for people.
    package init(
        executable: String, version: String, study: String, request: SlurmRequest, queue: any ClusterQueue,
        pace: SlurmPace = SlurmPace(), pilots folder: String? = nil, tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.executable, self.version, self.study, self.request) = (executable, version, study, request)
        let (prefix, gate) = ("al-\(study)-", SubmissionGate(pace))
        pilots = folder.map {
            let place = PilotQueue.Place(folder: $0, executable: executable, version: version, request: request)
            return PilotQueue(over: queue, prefix: prefix, at: place, gate: gate, pace: pace, tell: tell)
        }
        let queue: any ClusterQueue = pilots ?? queue
        cluster = JobFollower.Cluster(
            queue: queue, watch: QueueWatch(queue, prefix: prefix, pace: pace), gate: gate, pace: pace,
            resources: SlurmWords(request).resources)
        threads = request.cpus ?? 1
    }

    /// What tells people whose a study's jobs are, and us from those of all others: "mistral-sft-0a1b2c3d".
    ///
    /// - Parameter folder: absolute.
    package static func tag(study: String, folder: String, createdAt: Double) -> String {
        var digest = SHA256()
        digest.update("\(study)\n\(folder)\n\(createdAt)".utf8)
        let name = study.prefix(24).map { $0.isASCII && ($0.isLetter || $0.isNumber || "._".contains($0)) ? $0 : "-" }
        return String(name) + "-" + digest.digest.prefix(8)
    }

    package func folder(ofLaunch number: Int, in trialFolder: String) -> String {
        LaunchFolder(ofLaunch: number, in: trialFolder).run
    }

    package func recover(_ launches: [EarlierLaunch]) async -> Recovery {
        // The study may have run on this machine before.
        var recovery = Recovery(ended: await Leftovers.end(inFolders: launches.map(\.folder)))
        for launch in launches {
            guard let number = launch.number else { continue }
            let folder = LaunchFolder(ofLaunch: number, in: launch.folder)
            guard let file = folder.launch else { continue }
            recovery.living.append(
                LivingLaunch(trial: launch.trial, folder: launch.folder, number: number, beginning: file.beginning))
            // Its name may be of another path to the study.
            await cluster.watch.follow(file.name)
        }
        return recovery
    }

    package func run(
        _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        let folder = LaunchFolder(launch.folder.hasSuffix("/run") ? String(launch.folder.dropLast(4)) : launch.folder)
        let file = await file(of: launch, in: folder)
        let script = SlurmWords(request).script(
            "trial \(launch.trial), launch \(launch.number)", executable: executable,
            words: ["supervise", "--launch", folder.path])
        if launch.number > 1 { LaunchInheritance(folder: folder).bring() }
        do { try folder.make(file, script: script) } catch {
            return Completion(ending: .notStarted("\(folder.path): cannot be written: \(systemReason(error))"))
        }
        return await follow(folder, file, wasBegun: false, onJob: onJob, onReport: onReport)
    }

    package func takeUp(
        _ launch: LivingLaunch, reports: WantedReports, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        let folder = LaunchFolder(ofLaunch: launch.number, in: launch.folder)
        guard let file = folder.launch else {
            return Completion(ending: .displaced(.init(reason: "left no launch.json to go on with")))
        }
        return await follow(folder, file, wasBegun: true, onJob: onJob, onReport: onReport)
    }

    package func serve(workers: Int) { pilots?.workers.withLock { $0 = workers } }

    package func detach() async {
        isDetached.withLock { $0 = true }
        await cluster.watch.spareStrays()
        await pilots?.leave()
    }

    @discardableResult package func close() async -> String? {
        guard !isDetached.withLock({ $0 }) else { return nil }
        await cluster.queue.close()
        guard let left = await cluster.watch.clear() else { return nil }
        let jobs = left.jobs.isEmpty ? "jobs that were submitted last" : "jobs \(left.jobs.joined(separator: ", "))"
        return
            "Slurm does not answer (\(left.reason)): it may still have \(jobs) of this study; they find the order to end when they start, and "
            + "`scancel` or the next resume takes them out of the queue"
    }

    private func follow(
        _ folder: LaunchFolder, _ file: LaunchFile, wasBegun: Bool, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        let times = Mutex(LaunchTimes())
        let noted: @Sendable (JobState) async -> Void = { state in
            times.withLock { $0.note(state.phase, at: .now) }
            await onJob(state)
        }
        let follower = JobFollower(folder, file, on: cluster, wasBegun: wasBegun, onJob: noted, onReport: onReport)
        // A task of its own: what a launch says while it is being ended is still read.
        let work = Task { await follower.run() }
        let completion = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            if isDetached.withLock({ $0 }) { follower.leave() } else { follower.end() }
        }
        if completion.ending == .exited(0), let spans = times.withLock({ $0.spans(until: .now) }) {
            await pilots?.ended(wait: spans.wait, run: spans.run)
        }
        return completion
    }

    private func name(of trial: Trial.ID, _ number: Int) -> String { "al-\(study)-t\(trial)-l\(number)" }

    private func file(of launch: Launch, in folder: LaunchFolder) async -> LaunchFile {
        LaunchFile(
            version: version, name: name(of: launch.trial, launch.number), trial: launch.trial.number, number: launch.number,
            command: launch.command, environment: launch.environment, workingFolder: launch.workingFolder,
            reports: launch.reports,
            timeout: launch.timeout, silence: launch.silence, grace: launch.grace, beginning: launch.beginning,
            limit: request.minutes.map { Double($0) * 60 }, warning: request.warning,
            killWait: await killWait.value { [cluster] in await cluster.queue.killWait() ?? Self.usualKillWait },
            pulse: cluster.pace.pulse, logStart: FileTail.length(of: folder.trial + "/log.txt"))
    }
}

/// A value that is asked for once.
private actor Once<Value: Sendable> {
    private var task: Task<Value, Never>?

    func value(_ ask: @escaping @Sendable () async -> Value) async -> Value {
        let task = task ?? Task { await ask() }
        self.task = task
        return await task.value
    }
}
