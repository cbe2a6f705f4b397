package import SearchSpaces

/// Whether a study can go on by another space file and keep its history.
///
/// Ranges may widen and choices be added; method, caps, workers, supervision and constraints may change. What the trials there are
/// were compared by may not. The file's folder may, and a path that led to what is elsewhere now: a project can be moved.
package struct SpaceChange {
    private var old: StudySpecification
    private var new: StudySpecification
    private let trainer: TrainerChange

    /// - Parameters:
    ///   - seed: the study's, which need not be the old file's; nil: it is.
    ///   - givesSeed: whether the new file says one.
    ///   - trainer: what the trainer says of the two, which have the seeds that they are compared by.
    package init(
        from old: StudySpecification, to new: StudySpecification, seed: Int? = nil, givesSeed: Bool = true,
        trainer: (_ old: StudySpecification, _ new: StudySpecification) -> TrainerChange = { _, _ in TrainerChange() }
    ) {
        var (old, new) = (old, new)
        // What the file said before is no other wish.
        if !givesSeed || new.seed == old.seed { new.seed = seed ?? old.seed }
        old.seed = seed ?? old.seed
        (self.old, self.new) = (old, new)
        self.trainer = old.trainer.type == new.trainer.type ? trainer(old, new) : .another
    }

    /// Where the study's files are now and were before, a sentence each; none: where they were.
    package var moves: [String] {
        var moves: [String] = []
        if old.folder != new.folder { moves.append("trials start in \(new.folder), before in \(old.folder)") }
        return moves + trainer.moves
    }

    /// Why the history cannot be kept; nil: it can.
    package func refusal(keeping history: History, queue: [QueuedConfiguration] = []) -> String? {
        if old.metrics.map(\.name) != new.metrics.map(\.name) || old.metrics.map(\.goal) != new.metrics.map(\.goal) {
            return "metric: found \(Self.text(new.metrics)), the trials were compared by \(Self.text(old.metrics))"
        }
        if old.earlyTermination != new.earlyTermination {
            return "early_terminate: differs, and trials would be compared at other reports than they were"
        }
        if old.seed != new.seed { return "seed: found \(new.seed), the trials were trained with \(old.seed)" }
        if old.rankSearch != new.rankSearch {
            return "rank_search: differs, and trials would have other ranks than those that there are"
        }
        if Set(old.warmStart.studies) != Set(new.warmStart.studies)
            || Set(old.warmStart.foreign) != Set(new.warmStart.foreign)
        {
            return "warm_start: names other studies; what a study learns from is read when it begins"
        }
        if let difference = trainer.refusal { return difference }
        for trial in history.trials {
            if let reason = refusal(keeping: trial.assignment, of: "trial \(trial.id)") ?? trainer.refusalOfTrial(trial) {
                return reason
            }
        }
        return queue.lazy.compactMap { refusal(keeping: $0.assignment, of: "the configuration of request \($0.request)") }.first
    }

    private static func text(_ metrics: [Metric]) -> String {
        metrics.map { "\($0.goal.rawValue) \($0.name)" }.joined(separator: ", ")
    }

    private func refusal(keeping assignment: Assignment, of owner: String) -> String? {
        for (name, value) in assignment.values.sorted(by: { $0.key < $1.key }) {
            guard let parameter = new.space[name] else { return "parameters: \(name) is missing, and \(owner) has it" }
            guard new.space.isActive(parameter, in: assignment) else {
                return "parameters: \(name): its `when` leaves it out of \(owner), which has it"
            }
            guard parameter.distribution.own(value) != nil else {
                return "parameters: \(name): leaves out \(value), which \(owner) has"
            }
        }
        let missing = new.space.parameters.first {
            new.space.isActive($0, in: assignment) && assignment[$0.name] == nil
        }
        return missing.map { "parameters: \($0.name) is new, and \(owner) has no value of it" }
    }
}
