import SearchSpaces
import Studies
import TrialRunners

extension Controller {
    /// Reports of a trial that could not be recorded.
    struct Unrecorded {
        var reports = 0
        /// The checkpoint when the first of them came.
        let checkpoint: [String: Int]
    }

    func noteUnrecorded(_ id: Trial.ID) {
        unrecorded[id, default: Unrecorded(checkpoint: preparation.checkpointTimes(of: id))].reports += 1
    }

    /// Takes away a checkpoint that a program made after reports that are nowhere: going on from it, the trial would never make
    /// them again, unless it is a trainer that does.
    func dropCheckpointBeyondRecord(of id: Trial.ID) {
        guard !specification.trainer.traits.repeatsReports, let lost = unrecorded[id],
            preparation.checkpointTimes(of: id) != lost.checkpoint,
            // What the launch's output has is taken from there.
            preparation.printed(by: history[id]).map({ $0.start.reports + $0.reports.count }) ?? 0
                < history[id].reports.count + lost.reports
        else { return }
        preparation.removeCheckpoint(of: id)
    }
}
