package import SearchSpaces
package import Studies
import TrainerSettings

/// Compares two sections trial by trial, by the settings that each trial has: a file may say the same in other words.
package struct SettingsChange: Sendable {
    private let old: StudySpecification
    private let new: StudySpecification
    private let trainer: any Trainer
    private let kinds: Kinds
    private let areTwoFiles: @Sendable (String, String) -> Bool

    /// What some settings are, by name.
    package struct Kinds: Sendable {
        /// These may lead elsewhere once their files were moved.
        package let paths: [String]
        /// These change no result.
        package let indifferent: Set<String>

        package init(paths: [String], indifferent: Set<String>) {
            self.paths = paths
            self.indifferent = indifferent
        }
    }

    /// - Parameter areTwoFiles: whether what the first path leads to is still there, and the second does not lead to the same.
    package init(
        of trainer: any Trainer, from old: StudySpecification, to new: StudySpecification, _ kinds: Kinds,
        areTwoFiles: @escaping @Sendable (String, String) -> Bool
    ) {
        (self.trainer, self.old, self.new, self.kinds, self.areTwoFiles) = (trainer, old, new, kinds, areTwoFiles)
    }

    package var change: TrainerChange {
        var change = TrainerChange()
        let (before, after) = (old.trainer.settings, new.trainer.settings)
        for name in kinds.paths where before[name] != after[name] {
            change.moves.append(
                "\(name) is \(after[name]?.description ?? "none"), before \(before[name]?.description ?? "none")")
        }
        change.refusalOfTrial = { refusal(keeping: $0) }
        return change
    }

    private func refusal(keeping trial: Trial) -> String? {
        guard let before = try? trainer.settings(for: trial.assignment, in: old) else { return nil }
        let after: [String: SettingValue]
        do throws(TrainerSettingsError) {
            after = try trainer.settings(for: trial.assignment, in: new)
        } catch {
            return "trainer: \(error)"
        }
        let names = Set(before.keys).union(after.keys).subtracting(kinds.indifferent).sorted()
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
        guard kinds.paths.contains(name), let old = old?.text, let new = new?.text else { return false }
        return trial.assignment[name] != nil || self.old.trainer.settings[name] == self.new.trainer.settings[name]
            || !areTwoFiles(old, new)
    }
}
