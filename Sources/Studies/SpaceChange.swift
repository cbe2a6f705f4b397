package import SearchSpaces
import TrainerSettings

/// Whether a study can go on by another space file and keep its history.
///
/// Ranges may widen and choices be added; method, caps, workers, supervision and constraints may change. What the trials there are
/// were compared by may not. The file's folder may, and a path that led to what is elsewhere now: a project can be moved.
package struct SpaceChange {
    private var old: StudySpecification
    private var new: StudySpecification
    private let areTwoFiles: (String, String) -> Bool

    /// - Parameters:
    ///   - seed: the study's, which need not be the old file's; nil: it is.
    ///   - givesSeed: whether the new file says one.
    ///   - areTwoFiles: whether what the first path leads to is still there, and the second does not lead to the same.
    package init(
        from old: StudySpecification, to new: StudySpecification, seed: Int? = nil, givesSeed: Bool = true,
        areTwoFiles: @escaping (String, String) -> Bool = { $0 != $1 }
    ) {
        (self.old, self.new, self.areTwoFiles) = (old, new, areTwoFiles)
        // What the file said before is no other wish.
        if !givesSeed || new.seed == old.seed { self.new.seed = seed ?? old.seed }
        self.old.seed = seed ?? old.seed
    }

    /// Where the study's files are now and were before, a sentence each; none: where they were.
    package var moves: [String] {
        var moves: [String] = []
        if old.folder != new.folder { moves.append("trials start in \(new.folder), before in \(old.folder)") }
        let (before, after) = (fixed(old), fixed(new))
        for name in TrainerSettings.paths where before[name] != after[name] {
            moves.append("\(name) is \(after[name]?.description ?? "none"), before \(before[name]?.description ?? "none")")
        }
        return moves
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
        return old.commandStyle == new.commandStyle
            ? nil : "list_style, bool_style: differ, and the program would be given other words than the trials were"
    }

    /// What does not change a result.
    private static let indifferent = Set(TrainerSettings.meansOnly)

    /// Of the whole settings, defaults included: a file may say the same in other words.
    private func settingsDifference(of trial: Trial) -> String? {
        guard case .lora = new.trainer, let before = try? old.trainerSettings(for: trial.assignment, seed: old.seed) else {
            return nil
        }
        let after: [String: SettingValue]
        do { after = try new.trainerSettings(for: trial.assignment, seed: new.seed) } catch { return "trainer: \(error)" }
        let names = Set(before.keys).union(after.keys).subtracting(Self.indifferent).sorted()
        guard
            let name = names.first(where: {
                before[$0] != after[$0] && !isMoved($0, from: before[$0], to: after[$0], in: trial)
            })
        else { return nil }
        let (found, was) = (after[name].map { "\($0)" } ?? "nothing", before[name].map { "\($0)" } ?? "nothing")
        return "trainer: \(name): found \(found), trial \(trial.id) was trained with \(was)"
    }

    /// Whether a path is the same one in another folder, or leads to what is no longer where it was.
    private func isMoved(_ name: String, from old: SettingValue?, to new: SettingValue?, in trial: Trial) -> Bool {
        guard TrainerSettings.paths.contains(name), let old = old?.text, let new = new?.text else { return false }
        return trial.assignment[name] != nil || fixed(self.old)[name] == fixed(self.new)[name] || !areTwoFiles(old, new)
    }

    private func fixed(_ specification: StudySpecification) -> [String: SettingValue] {
        if case .lora(let settings) = specification.trainer { settings } else { [:] }
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
