package import StudyStore
package import TrainerSettings

extension JobRecord {
    /// Whether it has not started yet, or waits to start again.
    package var isPending: Bool { phase == "submitting" || phase == "pending" }

    /// For people, in place of "running".
    package var standing: String {
        let place = node.map { " on \($0)" } ?? ""
        return switch phase {
        case "submitting": "not in the queue yet" + (reason.map { " (\($0))" } ?? "")
        case "pending": (requeued ? "requeued" : "pending") + (reason.map { " (\($0))" } ?? "")
        case "ending": "ending" + place
        default: "running" + place
        }
    }

    /// What is new of it, for a line in a log; nil: nothing that anybody has to be told.
    package var news: String? {
        let name = job.map { "job \($0)" } ?? "its job"
        return switch phase {
        case "running": "trial \(trial): \(name) runs" + (node.map { " on \($0)" } ?? "")
        case "pending" where requeued: "trial \(trial): \(name) is back in the queue" + (reason.map { " (\($0))" } ?? "")
        case "submitting", "pending":
            reason.flatMap { Self.usual.contains($0) ? nil : "trial \(trial): \(name) waits (\($0))" }
        default: nil
        }
    }

    /// What every queue says of jobs that just have to wait for their turn.
    private static let usual: Set = ["None", "Priority", "Resources", "Dependency", "BeginTime"]

    package var json: SettingValue {
        .object([
            "trial": .int(trial), "launch": .int(launch), "name": .string(name), "job": .text(job), "phase": .string(phase),
            "reason": .text(reason), "node": .text(node), "requeued": .bool(requeued), "submitted_at": .double(submittedAt),
            "since": .double(since), "started_at": .number(startedAt), "standing": .string(standing),
        ])
    }
}

/// The jobs of launches that are not over, for people.
package struct JobSummary: Sendable {
    package let jobs: [JobRecord]
    private let isRun: Bool
    private let now: Double

    /// - Parameters:
    ///   - isRun: whether somebody runs the study.
    ///   - now: seconds since 1970.
    package init(_ jobs: [JobRecord], isRun: Bool, now: Double) { (self.jobs, self.isRun, self.now) = (jobs, isRun, now) }

    /// "2 running, 3 pending (the longest for 12 min: Priority)"; nil: there are none.
    package var text: String? {
        guard !jobs.isEmpty else { return nil }
        let pending = jobs.filter(\.isPending)
        let running = jobs.count - pending.count
        var parts = running > 0 ? ["\(running) running"] : []
        if let first = pending.min(by: { $0.submittedAt < $1.submittedAt }) {
            let time = TimeSpan.text(seconds: max(0, now - first.submittedAt))
            parts.append("\(pending.count) pending (the longest for \(time)\(first.reason.map { ": \($0)" } ?? ""))")
        }
        return parts.joined(separator: ", ") + (isRun ? "" : "; they go on without a run, and the next one takes them up")
    }
}
