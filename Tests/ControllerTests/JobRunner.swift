import Foundation
import Studies
import Synchronization
import TrialRunners

/// Plays trials as jobs that outlive their controller, from a function of the trial and the report's number.
final class JobRunner: TrialRunner {
    /// Every launch that was submitted, also by an earlier controller's runner.
    private let submitted: Mutex<[Launch]>
    private let isDetached = Mutex(false)
    private let taken = Mutex([LivingLaunch]())
    private let curve: @Sendable (Trial.ID, Int) -> Double?
    private let pace: Duration
    /// How a launch ends by itself.
    private let ending: @Sendable (Launch) -> TrialLife.Ending
    /// Lines that a launch that is taken up can no longer give.
    private let lost: Int
    /// Jobs that run at the same time; the others wait.
    private let slots: Int
    /// A job that is over before the cluster has said anything of it, once it has of all others that were taken up.
    private let unheard: Int?
    private let heard = Mutex(0)
    private let running = Mutex(0)
    private let queued = Mutex(0)
    /// Trials that may make more than one report; nil: all.
    private let released = Mutex<Set<Int>?>(nil)
    let threads = 1

    init(
        after earlier: JobRunner? = nil, launches: [Launch] = [], pace: Duration = .zero, lost: Int = 0, slots: Int = .max,
        unheard: Int? = nil,
        ending: @escaping @Sendable (Launch) -> TrialLife.Ending = { _ in .exited(0) },
        curve: @escaping @Sendable (Trial.ID, Int) -> Double?
    ) {
        submitted = Mutex(earlier?.launches ?? launches)
        (self.pace, self.lost, self.slots, self.unheard) = (pace, lost, slots, unheard)
        (self.ending, self.curve) = (ending, curve)
    }

    var launches: [Launch] { submitted.withLock { $0 } }

    /// All others wait after their first report.
    func release(_ trials: Set<Int>?) { released.withLock { $0 = trials } }

    /// Jobs that wait or run.
    var jobs: Int { queued.withLock { $0 } }

    /// Those that were taken up.
    var living: [LivingLaunch] { taken.withLock { $0 } }

    func recover(_ earlier: [EarlierLaunch]) async -> Recovery {
        let launches = launches
        return Recovery(
            living: earlier.compactMap { earlier in
                launches.last { $0.trial == earlier.trial && $0.number == earlier.number }.map {
                    LivingLaunch(trial: $0.trial, folder: earlier.folder, number: $0.number, beginning: $0.beginning)
                }
            })
    }

    func run(
        _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        let name = "al-1-t\(launch.trial)-l\(launch.number)"
        await onJob(JobState(name: name, phase: .submitting))
        submitted.withLock { $0.append(launch) }
        queued.withLock { $0 += 1 }
        defer { queued.withLock { $0 -= 1 } }
        await onJob(JobState(name: name, job: "\(launches.count)", phase: .pending, reason: "Priority"))
        guard await waitForSlot() else { return Completion(ending: .terminated) }
        defer { running.withLock { $0 -= 1 } }
        await onJob(JobState(name: name, job: "\(launches.count)", phase: .running, node: "n1"))
        return Completion(ending: await play(launch, in: launch.folder, onReport))
    }

    /// false: it is cancelled meanwhile.
    private func waitForSlot() async -> Bool {
        while !running.withLock({ running in
            guard running < slots else { return false }
            running += 1
            return true
        }) {
            if Task.isCancelled { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    func takeUp(
        _ launch: LivingLaunch, reports: WantedReports, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        taken.withLock { $0.append(launch) }
        guard let first = launches.last(where: { $0.trial == launch.trial && $0.number == launch.number }) else {
            return Completion(ending: .notStarted("no such launch"))
        }
        if slots < .max {
            let name = "al-1-t\(launch.trial)-l\(launch.number)"
            await onJob(JobState(name: name, phase: .submitting))
            if launch.trial.number == unheard {
                while heard.withLock({ $0 }) < launches.count - 1 { try? await Task.sleep(for: .milliseconds(5)) }
                return Completion(ending: ending(first))
            }
            await onJob(JobState(name: name, job: "1", phase: .pending, reason: "Priority"))
            heard.withLock { $0 += 1 }
            guard await waitForSlot() else { return Completion(ending: .terminated) }
            running.withLock { $0 -= 1 }
        }
        return Completion(ending: await play(first, in: launch.folder, onReport))
    }

    func detach() async { isDetached.withLock { $0 = true } }

    private func play(
        _ launch: Launch, in folder: String, _ onReport: @Sendable (ReportLine) async -> Directive
    ) async -> TrialLife.Ending {
        var iter = launch.beginning.isResumed ? launch.beginning.reports : 0
        let stopAfter = (launch.environment["AUTOLORA_STOP_AFTER"] ?? nil).flatMap { Int($0) } ?? .max
        while iter < stopAfter, let value = curve(launch.trial, iter + 1) {
            if pace > .zero { try? await Task.sleep(for: pace) }
            while iter == 1, released.withLock({ $0?.contains(launch.trial.number) == false }), !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(5))
            }
            if Task.isCancelled { return isDetached.withLock { $0 } ? .left : .terminated }
            iter += 1
            guard iter > lost else { continue }
            let directive = await onReport(ReportLine(step: iter * 10, value: value, metrics: ["loss": 1 - value]))
            let checkpoint = folder + "/checkpoint"
            try? FileManager.default.createDirectory(atPath: checkpoint, withIntermediateDirectories: true)
            try? Data(String(iter).utf8).write(to: URL(filePath: checkpoint + "/iter"))
            if directive == .endNow { return isDetached.withLock { $0 } && Task.isCancelled ? .left : .terminated }
        }
        return ending(launch)
    }
}
