import Controller
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// What a log is told now and then while every job of a study waits for the cluster; pure.
struct QueueWait {
    private var jobs: [Int: JobRecord] = [:]
    private var isStopping = false
    /// When the next line is due; nil: something runs, or there are no jobs.
    private var due: Double?
    private var pause = Self.first

    /// Seconds until the first line, which the time between two doubles from: a queue may take days.
    private static let first = 60.0
    private static let longest = 3600.0

    /// Events may have been missed: what does not run has no job that waits.
    mutating func begin(_ history: History) {
        jobs = jobs.filter { history.contains(Trial.ID($0.key)) && history[Trial.ID($0.key)].state == .running }
    }

    mutating func note(_ event: StudyEvent) {
        switch event {
        case .job(let job): jobs[job.trial] = job
        case .settled(let trial, error: _): jobs[trial.id.number] = nil
        case .stopping: isStopping = true
        default: break
        }
    }

    /// What waits, since when and why; nil: it is not the time to say so.
    ///
    /// - Parameter now: seconds since 1970.
    mutating func line(at now: Double) -> String? {
        guard !isStopping, jobs.values.allSatisfy(\.isPending),
            let first = jobs.values.min(by: { ($0.submittedAt, $0.trial) < ($1.submittedAt, $1.trial) })
        else {
            (due, pause) = (nil, Self.first)
            return nil
        }
        guard let due else {
            due = now + pause
            return nil
        }
        guard now >= due else { return nil }
        pause = min(2 * pause, Self.longest)
        self.due = now + pause
        let time = TimeSpan.text(seconds: max(0, now - first.submittedAt))
        let name = "trial \(first.trial)'s" + (first.job.map { ", job \($0)" } ?? "")
        let what = jobs.count == 1 ? "its one job waits" : "\(jobs.count) jobs wait, the longest"
        return "nothing runs: \(what) for \(time) (\(name): \(first.standing))"
    }
}
