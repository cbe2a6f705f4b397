import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// How a study stands: what `status` shows.
package struct StudyStatus: Sendable {
    package enum State: String, Sendable {
        case running, finished, interrupted
    }

    package let study: StudyRecord
    package let state: State
    /// Who runs it now.
    package let holder: String?
    package let seconds: Double
    /// Trials by state, those without any left out.
    package let counts: [Trial.State: Int]
    package let reports: Int
    /// Trials that ran out of memory.
    package let ranOutOfMemory: Int
    package let best: (trial: Trial, report: Report)?
    /// How many reports the best trial has made.
    package let bestReports: Int
    /// What the best may owe to luck; nil: there is none.
    package let noise: ChoiceNoise?
    /// Why there is no best though trials have reported.
    package let problem: String?
    /// nil: the study is after one metric.
    package let front: ParetoFront?
    /// The last trials that failed.
    package let failures: [TrialRecord]
    /// Trials that confirm the best, by state.
    package let confirmations: [Trial.State: Int]
    /// What has been confirmed, or is; nil: nothing.
    package let confirmed: ConfirmedStudy?
    /// What was asked of the study.
    package let requests: RequestLog
    /// Configurations that wait to be started.
    package let queue: [QueuedConfiguration]
    /// Of launches that are not over.
    package let jobs: JobSummary
    private let folder: StudyFolder

    /// - Parameter now: seconds since 1970.
    package init(_ store: StudyStore, now: Double) throws {
        holder = StudyLock.holder(of: store.folder)
        let tally = try store.tally()
        folder = store.folder
        requests = try store.requests()
        queue = requests.queue(without: try store.startedRequests())
        failures = try store.failures(last: 3)
        study = tally.study
        jobs = JobSummary(try store.openJobs(), isRun: holder != nil, now: now)
        // What ran when its controller died waits to go on, unless its job goes on without it.
        let living = holder == nil ? jobs.jobs.count : .max
        counts = Self.standing(tally.counts, living: living)
        confirmations = Self.standing(tally.confirmations, living: living)
        confirmed = tally.study.confirmation == nil ? nil : try ConfirmedStudy(store)
        (reports, ranOutOfMemory) = (tally.reports, tally.ranOutOfMemory)
        if tally.isSimple {
            (best, problem, front) = (tally.best, nil, nil)
            noise = try tally.best.map { ChoiceNoise($0, tally.study, tops: try store.tops()) }
        } else {
            let history = try store.bests()
            (best, problem, front) = (
                history.best, InfeasibleStudy(history)?.text, ParetoFront(study, history, in: store.folder)
            )
            noise = ChoiceNoise(history)
        }
        bestReports = try best.map { try store.reportCount(of: $0.trial.id) } ?? 0
        state = holder != nil ? .running : study.finishedAt != nil ? .finished : .interrupted
        seconds = try store.seconds(runningUntil: state == .running ? now : nil)
    }

    /// - Parameter living: trials at most that run.
    private static func standing(_ counts: [Trial.State: Int], living: Int) -> [Trial.State: Int] {
        var counts = counts
        let cut = max(0, (counts[.running] ?? 0) - living)
        guard cut > 0 else { return counts }
        counts[.running]? -= cut
        counts[.waiting, default: 0] += cut
        return counts.filter { $0.value > 0 }
    }

    private func json(_ failed: TrialRecord) -> SettingValue {
        .object([
            "trial": .int(failed.number), "error": .text(failed.error), "log": .text(folder.keptLog(of: failed.id)),
        ])
    }

    package func count(_ state: Trial.State) -> Int { counts[state] ?? 0 }

    package var trials: Int { counts.values.reduce(0, +) }

    package var json: SettingValue {
        var trials: [String: SettingValue] = ["total": .int(trials)]
        for state in Trial.State.allCases { trials[state.rawValue] = .int(count(state)) }
        let best: SettingValue =
            best.map { trial, report in
                var best: [String: SettingValue] = [
                    "trial": .int(trial.id.number), "value": .double(report.value), "step": .integer(report.step),
                    "parameters": .object(trial.assignment.values),
                ]
                if let noise { best.merge(noise.json) { own, _ in own } }
                if let note = trial.unfinished(after: bestReports) { best["note"] = .string(note) }
                return .object(best)
            } ?? .null
        var status: [String: SettingValue] = [
            "study": .string(study.name), "state": .string(state.rawValue),
            "metric": .object(["name": .string(study.metric), "goal": .string(study.goal.rawValue)]),
            "trials": .object(trials), "reports": .int(reports),
            "best": best, "seconds": .double(seconds),
        ]
        if ranOutOfMemory > 0 { status["out_of_memory"] = .int(ranOutOfMemory) }
        if !failures.isEmpty { status["failures"] = .array(failures.map(json)) }
        if !confirmations.isEmpty {
            let states = confirmations.map { ($0.key.rawValue, SettingValue.int($0.value)) }
            status["confirmations"] = .object(Dictionary(states) { first, _ in first })
        }
        if !jobs.jobs.isEmpty { status["jobs"] = .array(jobs.jobs.map(\.json)) }
        if let confirmed { status["confirmation"] = confirmed.summaryJSON }
        let waiting = requests.pending
        if !waiting.isEmpty { status["requests"] = .array(waiting.map(\.json)) }
        if !queue.isEmpty {
            status["queued"] = .array(
                queue.map { .object(["request": .int($0.request), "parameters": .object($0.assignment.values)]) })
        }
        status.merge(requests.json(on: nil)) { own, _ in own }
        if let front {
            status["front"] = .int(front.members.count)
            status["metrics"] = .array(
                front.metrics.map { .object(["name": .string($0.name), "goal": .string($0.goal.rawValue)]) })
        }
        return .object(status)
    }
}
