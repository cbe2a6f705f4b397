package import SearchSpaces
import TrainerSettings

/// Judges what is asked of a study: pure, but for how many trials the system lets run at once.
package struct RequestRules: Sendable {
    private let configurations: QueueRules?
    private let mostWorkers: Int?
    private let hasJobs: Bool
    private let room: @Sendable (Int) throws -> Void

    /// - Parameters:
    ///   - specification: nil: the study has no trainer, so that nothing can be tried in it.
    ///   - mostWorkers: trials that its devices serve at the same time; nil: any number.
    ///   - hasJobs: whether its trials are jobs that can outlive the run.
    ///   - room: throws where the system does not let so many trials run at once.
    ///   - isFeasible: whether a configuration keeps the constraints and fits in memory.
    package init(
        _ specification: StudySpecification?, mostWorkers: Int? = nil, hasJobs: Bool = false,
        room: @escaping @Sendable (Int) throws -> Void = { _ in },
        isFeasible: @escaping @Sendable (Assignment) -> Bool = { _ in true }
    ) {
        configurations = specification.map { QueueRules($0, isFeasible: isFeasible) }
        (self.mostWorkers, self.hasJobs, self.room) = (mostWorkers, hasJobs, room)
    }

    /// The study that something is asked of.
    package struct Situation: Sendable {
        package enum Phase: Sendable, Hashable {
            /// Nobody runs it.
            case rest
            /// A run begins: what was asked before it is answered now.
            case beginning
            case running
            /// The run launches nothing more.
            case ending
        }

        package var phase: Phase
        package var history: History
        package var log: RequestLog
        /// Trials in the whole study.
        package var trialCount: Int
        package var workers: Int
        /// Whether new configurations are started now.
        package var isSearching = false

        package init(_ phase: Phase, _ history: History, _ log: RequestLog, trialCount: Int, workers: Int) {
            (self.phase, self.history, self.log) = (phase, history, log)
            (self.trialCount, self.workers) = (trialCount, workers)
        }
    }

    package enum Verdict: Sendable, Hashable {
        /// As it is taken, a configuration whole, and what that comes to.
        case done(StudyRequest, String)
        /// Why not, and what to do.
        case refused(String)
    }

    package func verdict(on recorded: RecordedRequest, in study: Situation) -> Verdict {
        do throws(RequestRefusal) {
            try requireRun(for: recorded.request, in: study)
            let (request, text) = try taken(recorded, in: study)
            return .done(request, text)
        } catch {
            return .refused(error.reason)
        }
    }

    private func requireRun(for request: StudyRequest, in study: Situation) throws(RequestRefusal) {
        guard request.needsRun else { return }
        switch (study.phase, request) {
        case (.running, _): return
        case (.beginning, _): throw RequestRefusal("it was asked of a run that is over; ask again now")
        case (.ending, _): throw RequestRefusal("the run is ending by itself")
        case (.rest, .stop), (.rest, .detach): throw RequestRefusal("nobody runs the study; there is nothing to stop")
        case (.rest, .workers(let count)):
            throw RequestRefusal("nobody runs the study; resume it with --workers \(count)")
        case (.rest, _): throw RequestRefusal("nobody runs the study; resume it, then ask again")
        }
    }

    private func taken(
        _ recorded: RecordedRequest, in study: Situation
    ) throws(RequestRefusal) -> (StudyRequest, String) {
        let request = recorded.request
        switch request {
        case .stop(let reason):
            try requireText(reason, named: "reason")
            return (request, "the trials are being ended, and go on when the study is resumed")
        case .detach(let reason):
            try requireText(reason, named: "reason")
            guard hasJobs else {
                throw RequestRefusal("trials of this machine end with their run; `stop` without --detach ends them")
            }
            return (request, "the jobs of its trials are left where they are, and taken up when the study is resumed")
        case .prune(let id, let reason):
            try requireText(reason, named: "reason")
            return (request, try pruned(id, in: study))
        case .workers(let count): return (request, try working(count, in: study))
        case .enqueue(let assignment, let clone):
            guard let configurations else {
                throw RequestRefusal("the study was imported: it has no trainer to try anything with")
            }
            let whole = try configurations.whole(assignment, clone: clone, number: recorded.number, in: study)
            return (.enqueue(whole, clone: clone), configurations.place(in: study))
        case .note(let text, let trial):
            try requireText(text, named: "note")
            try require(trial, in: study)
            return (request, "noted")
        case .tag(let tag, let trial):
            try requireTag(tag)
            try require(trial, in: study)
            guard study.log.tags[trial]?.contains(where: { $0.text == tag }) != true else {
                throw RequestRefusal("\(trial.map { "trial \($0)" } ?? "the study") has the tag '\(tag)' already")
            }
            return (request, "tagged")
        case .remove(let number): return (request, try removed(number, in: study))
        }
    }

    private func pruned(_ id: Trial.ID, in study: Situation) throws(RequestRefusal) -> String {
        try require(id, in: study)
        let state = study.history[id].state
        guard !state.isFinal else { throw RequestRefusal("trial \(id) is \(state.rawValue) already") }
        if let earlier = study.log.pruning(in: study.history)[id] {
            throw RequestRefusal("trial \(id) is being pruned by request \(earlier.number) already")
        }
        return (state == .running ? "its process is being ended" : "it does not go on")
            + "; that cannot be undone, its reports and its adapter stay"
    }

    private func working(_ count: Int, in study: Situation) throws(RequestRefusal) -> String {
        guard count >= 1 else { throw RequestRefusal("at least one has to work; `stop` ends the run") }
        if let mostWorkers, count > mostWorkers {
            throw RequestRefusal(
                "the GPUs serve \(mostWorkers) trial\(mostWorkers == 1 ? "" : "s") at a time; gpus_per_trial in the space file says how"
                    + " many share one")
        }
        do { try room(count) } catch { throw RequestRefusal("\(error)") }
        if count == study.workers { return "as it is" }
        let rest = "; what runs goes on to its end" + (hasJobs ? ", and jobs that wait leave the queue" : "")
        return "it was \(study.workers)" + (count < study.workers ? rest : "")
    }

    private func removed(_ number: Int, in study: Situation) throws(RequestRefusal) -> String {
        guard let earlier = study.log[number] else { throw RequestRefusal("there is no request \(number)") }
        let marks = [study.log.notes, study.log.tags].flatMap(\.values).joined()
        if marks.contains(where: { $0.number == number }) { return "\(earlier.request.words) is gone" }
        if study.log.queue(after: study.history).contains(where: { $0.request == number }) {
            return "its configuration is not tried"
        }
        switch earlier.request {
        case .enqueue where earlier.isDone:
            let trial = study.history.trials.first { $0.enqueuedBy == number }
            throw RequestRefusal(trial.map { "trial \($0.id) has its configuration; prune that" } ?? "it is taken back already")
        case .note where earlier.isDone, .tag where earlier.isDone: throw RequestRefusal("it is removed already")
        default: throw RequestRefusal("request \(number) (\(earlier.request.words)) has added nothing that could be taken back")
        }
    }

    private func require(_ trial: Trial.ID?, in study: Situation) throws(RequestRefusal) {
        guard let trial, !study.history.contains(trial) else { return }
        let count = study.history.trials.count + study.history.confirmations.count
        throw RequestRefusal("there is no trial \(trial); the study has \(count), from 0")
    }

    private func requireText(_ text: String?, named name: String) throws(RequestRefusal) {
        guard let text else { return }
        guard text.contains(where: { !$0.isWhitespace }) else { throw RequestRefusal("the \(name) is empty; say something") }
        guard text.utf8.count <= Self.longestText else {
            throw RequestRefusal("the \(name) has \(text.utf8.count) bytes; \(Self.longestText) is the most")
        }
    }

    private func requireTag(_ tag: String) throws(RequestRefusal) {
        guard !tag.isEmpty, tag.count <= 64, tag.allSatisfy({ $0.isLetter || $0.isNumber || "-_.:/+".contains($0) }) else {
            throw RequestRefusal("a tag is one word of at most 64 letters, digits, '-', '_', '.', ':', '/' and '+'")
        }
    }

    /// Bytes.
    private static let longestText = 16 << 10
}

/// Why a request is refused, and what to do.
struct RequestRefusal: Error, Sendable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
