package import SearchSpaces
import TrainerSettings

/// Whether a study can go on by another space file and keep its history.
///
/// Ranges may widen and choices be added; method, caps, workers, supervision and constraints may change. What the trials there are
/// were compared by may not.
package struct SpaceChange {
    private let old: StudySpecification
    private let new: StudySpecification

    package init(from old: StudySpecification, to new: StudySpecification) {
        (self.old, self.new) = (old, new)
    }

    /// Why the history cannot be kept; nil: it can.
    package func refusal(keeping history: History) -> String? {
        if old.metrics.map(\.name) != new.metrics.map(\.name) || old.metrics.map(\.goal) != new.metrics.map(\.goal) {
            return "metric: found \(Self.text(new.metrics)), the trials were compared by \(Self.text(old.metrics))"
        }
        if old.earlyTermination != new.earlyTermination {
            return "early_terminate: differs, and trials would be compared at other reports than they were"
        }
        if old.seed != new.seed { return "seed: found \(new.seed), the trials were trained with \(old.seed)" }
        if Set(old.warmStart.studies) != Set(new.warmStart.studies) {
            return "warm_start: names other studies; what a study learns from is read when it begins"
        }
        if let difference = trainerDifference { return difference }
        for trial in history.trials {
            if let reason = refusal(keeping: trial) ?? settingsDifference(of: trial) { return reason }
        }
        return nil
    }

    private static func text(_ metrics: [Metric]) -> String {
        metrics.map { "\($0.goal.rawValue) \($0.name)" }.joined(separator: ", ")
    }

    private var trainerDifference: String? {
        // The built-in trainer's settings are compared trial by trial, as what is searched takes their place.
        if case (.lora, .lora) = (old.trainer, new.trainer) { return nil }
        if old.trainer != new.trainer { return "trainer: differs from the one that the trials were trained by" }
        return old.folder == new.folder ? nil : "the file's folder is \(new.folder), the trials were started in \(old.folder)"
    }

    /// What does not change a result.
    private static let indifferent: Set = ["threads", "prefix_cache"]

    /// Of the whole settings, defaults and absolute paths included: a file may say the same in other words.
    private func settingsDifference(of trial: Trial) -> String? {
        guard case .lora = new.trainer, let before = try? old.trainerSettings(for: trial.assignment, seed: old.seed) else {
            return nil
        }
        let after: [String: SettingValue]
        do { after = try new.trainerSettings(for: trial.assignment, seed: new.seed) } catch { return "trainer: \(error)" }
        let names = Set(before.keys).union(after.keys).subtracting(Self.indifferent).sorted()
        guard let name = names.first(where: { before[$0] != after[$0] }) else { return nil }
        let (found, was) = (after[name].map { "\($0)" } ?? "nothing", before[name].map { "\($0)" } ?? "nothing")
        return "trainer: \(name): found \(found), trial \(trial.id) was trained with \(was)"
    }

    private func refusal(keeping trial: Trial) -> String? {
        for (name, value) in trial.assignment.values.sorted(by: { $0.key < $1.key }) {
            guard let parameter = new.space[name] else { return "parameters: \(name) is missing, and trial \(trial.id) has it" }
            guard new.space.isActive(parameter, in: trial.assignment) else {
                return "parameters: \(name): its `when` leaves it out of trial \(trial.id), which has it"
            }
            guard parameter.distribution.own(value) != nil else {
                return "parameters: \(name): leaves out \(value), which trial \(trial.id) has"
            }
        }
        let missing = new.space.parameters.first {
            new.space.isActive($0, in: trial.assignment) && trial.assignment[$0.name] == nil
        }
        return missing.map { "parameters: \($0.name) is new, and trial \(trial.id) has no value of it" }
    }
}
