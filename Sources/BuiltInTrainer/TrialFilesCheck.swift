import Foundation
package import SearchSpaces
package import Studies
package import StudyStore
import TrainerSettings
package import Trainers

/// Looks through what a study's trials left on the disk.
package struct TrialFilesCheck {
    private let folder: StudyFolder
    private let goal: Goal
    private let files: any TrialFiles
    package private(set) var damages: [StudyDamage] = []
    package private(set) var checkpoints = 0
    package private(set) var adapters = 0

    /// - Parameter trainer: the study's.
    package init(_ folder: StudyFolder, goal: Goal, trainer: (any Trainer)?) {
        self.init(folder, goal: goal, files: trainer?.files ?? ForeignTrialFiles())
    }

    private init(_ folder: StudyFolder, goal: Goal, files: any TrialFiles) {
        (self.folder, self.goal, self.files) = (folder, goal, files)
    }

    /// Looks at all trials; where somebody runs the study, again at whatever seems damaged: what is just being replaced is there
    /// the next time, and only what stays is damaged.
    package mutating func look(at trials: [Trial]) async throws {
        let isHeld = StudyLock.holder(of: folder) != nil
        lookAll(trials)
        for pause in [0.1, 0.4, 1] where isHeld && !damages.isEmpty {
            try await Task.sleep(for: .seconds(pause))
            var again = TrialFilesCheck(folder, goal: goal, files: files)
            again.lookAll(trials)
            again.damages.removeAll { damage in !damages.contains { $0.place == damage.place } }
            self = again
        }
    }

    private mutating func lookAll(_ trials: [Trial]) {
        for trial in trials { look(at: trial) }
        for stranger in folder.strangersToCome(after: trials.count) { note(stranger) }
    }

    private mutating func note(_ stranger: StudyStoreError) {
        guard case .foreign(let path, let found, let expected) = stranger else { return note(folder.path, "\(stranger)", "") }
        note(path, "is \(found), where a study keeps \(expected) of its own", "remove it, and look again")
    }

    private mutating func look(at trial: Trial) {
        do throws(StudyStoreError) { try folder.requireOwnFiles(of: trial.id) } catch { return note(error) }
        if trial.launches > 0 { lookAtConfiguration(of: trial) }
        let checked = files.check(trial, in: folder.files(of: trial.id), goal: goal)
        checkpoints += checked.checkpoints
        adapters += checked.adapters
        for damage in checked.damages { note(damage.place, damage.problem, damage.advice) }
        for gap in trial.stepGaps {
            note(
                folder.database,
                "trial \(trial.id)'s reports go from step \(gap.after) to step \(gap.before), though the others are nearer together",
                "it was killed when its checkpoint had them behind it and they were not printed yet; a trainer that prints again what is "
                    + "beyond AUTOLORA_REPORTS has no gap")
        }
    }

    private mutating func note(_ place: String, _ problem: String, _ advice: String) {
        damages.append(StudyDamage(place: place, problem: problem, advice: advice))
    }

    private mutating func lookAtConfiguration(of trial: Trial) {
        let path = folder.configuration(of: trial.id)
        let problem: JSONInputError
        do throws(JSONInputError) {
            _ = try JSONInput.object(file: path, links: .refused)
            return
        } catch { problem = error }
        // What waits for its next launch gets a new one with it.
        guard trial.state.isFinal else { return }
        // A trial whose configuration the trainer refused has none.
        guard !problem.isMissing || trial.state != .failed || !trial.reports.isEmpty else { return }
        note(
            problem.place, problem.isMissing ? "is missing" : "is damaged: \(problem.problem)",
            "autolora trials shows the trial's parameters, from which it can be written again")
    }

    /// What is wrong with a trial's adapter; nil: nothing, or it has none.
    package func damage(of trial: Trial) -> StudyDamage? {
        let path = folder.adapter(of: trial.id)
        return FileManager.default.fileExists(atPath: path) ? damage(of: trial, in: path) : nil
    }

    private func damage(of trial: Trial, in adapter: String) -> StudyDamage? {
        let damage = files.damage(ofAdapter: adapter, of: trial, in: folder.files(of: trial.id))
        return damage.map { StudyDamage(place: $0.place, problem: $0.problem, advice: $0.advice) }
    }

    /// What is wrong with a copy of a trial's adapter, told of the adapter itself; nil: nothing.
    package func damage(of trial: Trial, copiedTo copy: String) -> StudyDamage? {
        guard let damage = damage(of: trial, in: copy) else { return nil }
        let place =
            damage.place.hasPrefix(copy) ? folder.adapter(of: trial.id) + damage.place.dropFirst(copy.count) : damage.place
        return StudyDamage(place: place, problem: damage.problem, advice: damage.advice)
    }
}
