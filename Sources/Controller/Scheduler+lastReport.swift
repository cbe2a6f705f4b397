import Schedulers
import SearchSpaces
import Studies

extension Scheduler {
    /// As the scheduler decides; a trial of the built-in trainer that would wait at a rung, and has trained to its end there, is
    /// complete.
    func decide(_ id: Trial.ID, in history: History, of specification: StudySpecification) -> Decision {
        let decision = decide(id, in: history)
        guard decision == .pause, let report = history[id].reports.last else { return decision }
        return specification.isLast(step: report.step, figures: report.metrics, of: history[id].assignment)
            ? .complete : .pause
    }
}
