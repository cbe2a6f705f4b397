import Checkpoints
import Finetuning
import Foundation
import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// Looks through what a study's trials left on the disk.
struct TrialFilesCheck {
    private let folder: StudyFolder
    private let goal: Goal
    /// The formats of a command's files are its own.
    private let isBuiltIn: Bool
    private(set) var damages: [StudyDamage] = []
    private(set) var checkpoints = 0
    private(set) var adapters = 0

    init(_ folder: StudyFolder, goal: Goal, isBuiltIn: Bool) {
        (self.folder, self.goal, self.isBuiltIn) = (folder, goal, isBuiltIn)
    }

    /// Looks at all trials; where somebody runs the study, again at whatever seems damaged: what is just being replaced is there
    /// the next time, and only what stays is damaged.
    mutating func look(at trials: [Trial]) async throws {
        let isHeld = StudyLock.holder(of: folder) != nil
        lookAll(trials)
        for pause in [0.1, 0.4, 1] where isHeld && !damages.isEmpty {
            try await Task.sleep(for: .seconds(pause))
            var again = TrialFilesCheck(folder, goal: goal, isBuiltIn: isBuiltIn)
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
        if isBuiltIn { lookAtCheckpoint(of: trial) }
        lookAtAdapter(of: trial)
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

    private mutating func note(_ error: CheckpointError, _ advice: String) { note(error.path, error.problem, advice) }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

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

    /// The newest and the one before it; neither need be there.
    private mutating func lookAtCheckpoint(of trial: Trial) {
        let files = CheckpointFiles(folder.checkpoint(of: trial.id))
        for (path, other) in [(files.newest, files.previous), (files.previous, files.newest)] where isThere(path) {
            checkpoints += 1
            do throws(CheckpointError) {
                _ = try CheckpointFiles.open(path)
            } catch {
                let isOtherWhole = (try? CheckpointFiles.open(other)) != nil
                note(
                    error,
                    isOtherWhole
                        ? "remove it: the trial goes on from \(other)"
                        : "remove the folder: the trial starts over when it is launched again, and what it reported stays")
            }
        }
    }

    private mutating func lookAtAdapter(of trial: Trial) {
        let adapter = TrainedAdapter(folder.adapter(of: trial.id))
        guard isThere(adapter.path), !isBuiltIn || isThere(adapter.configurationFile) || isThere(adapter.tensorFile) else {
            guard isBuiltIn, trial.state != .failed, let best = trial.best(goal) else { return }
            return note(adapter.path, "is missing, though trial \(trial.id) has reported \(best.value)", again(trial))
        }
        adapters += 1
        if let damage = damage(of: trial, in: adapter) { damages.append(damage) }
    }

    /// What is wrong with a trial's adapter; nil: nothing, or it has none.
    func damage(of trial: Trial) -> StudyDamage? {
        let adapter = TrainedAdapter(folder.adapter(of: trial.id))
        guard isThere(adapter.path) else { return nil }
        return damage(of: trial, in: adapter)
    }

    private func damage(of trial: Trial, in adapter: TrainedAdapter) -> StudyDamage? {
        do throws(CheckpointError) {
            // A command's own format need not have these.
            guard isBuiltIn || isThere(adapter.configurationFile) || isThere(adapter.tensorFile) else {
                do throws(RegularFileError) { _ = try FolderContents(of: adapter.path, bounds: folder.trial(trial.id)) } catch {
                    throw CheckpointError(path: error.path, problem: error.problem)
                }
                return nil
            }
            try adapter.verify(isOurs: isBuiltIn, bounds: folder.trial(trial.id))
            return nil
        } catch {
            return StudyDamage(
                place: error.path, problem: error.problem, advice: isBuiltIn ? again(trial) : "run its trial again")
        }
    }

    /// What is wrong with a copy of a trial's adapter, told of the adapter itself; nil: nothing.
    func damage(of trial: Trial, copiedTo copy: String) -> StudyDamage? {
        guard let damage = damage(of: trial, in: TrainedAdapter(copy)) else { return nil }
        let place =
            damage.place.hasPrefix(copy) ? folder.adapter(of: trial.id) + damage.place.dropFirst(copy.count) : damage.place
        return StudyDamage(place: place, problem: damage.problem, advice: damage.advice)
    }

    /// As far as the trial came, with as many threads, from what the study has computed already: the adapter is the same then.
    private func again(_ trial: Trial) -> String {
        var variables = ["AUTOLORA_STOP_AFTER=\(trial.iter)", "AUTOLORA_CACHE=\(folder.cache.shellWord)"]
        if let threads = trial.reports.last?.metrics["threads"].flatMap({ Int(exactly: $0) }) {
            variables.append("OPENBLAS_NUM_THREADS=\(threads)")
        }
        let (configuration, output) = (folder.configuration(of: trial.id).shellWord, folder.trial(trial.id).shellWord)
        return "train it again: \(variables.joined(separator: " ")) autolora train \(configuration) --output \(output)"
    }
}

extension SearchSpaces.Trainer {
    /// Whether trials are our own trainer's, whose files are known.
    var isBuiltIn: Bool { if case .lora = self { true } else { false } }

    /// The base model of a configuration as the space file names it; nil: it is the program's own business.
    func modelName(for assignment: Assignment) -> String? {
        guard case .lora(let fixed) = self else { return nil }
        return assignment["model"]?.text ?? fixed["model"]?.text
    }
}
