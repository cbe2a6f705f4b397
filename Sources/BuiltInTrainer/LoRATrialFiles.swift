import Checkpoints
import Finetuning
import Foundation
import SearchSpaces
import Studies
import TrainerSettings
import Trainers

/// The checkpoints and the adapter of a trial of the built-in trainer.
struct LoRATrialFiles: TrialFiles {
    let areAllKnown = true

    func check(_ trial: Trial, in folder: TrialFolder, goal: Goal) -> CheckedFiles {
        var checked = CheckedFiles()
        checkCheckpoints(in: folder, &checked)
        let adapter = TrainedAdapter(folder.adapter)
        if adapter.isThere {
            checked.adapters += 1
            if let damage = damage(ofAdapter: adapter.path, of: trial, in: folder) { checked.damages.append(damage) }
        } else if trial.state != .failed, let best = trial.best(goal) {
            checked.damages.append(
                FileDamage(
                    place: adapter.path, problem: "is missing, though trial \(trial.id) has reported \(best.value)",
                    advice: again(trial, in: folder)))
        }
        return checked
    }

    /// The newest and the one before it; neither need be there.
    private func checkCheckpoints(in folder: TrialFolder, _ checked: inout CheckedFiles) {
        let files = CheckpointFiles(folder.checkpoint)
        for (path, other) in [(files.newest, files.previous), (files.previous, files.newest)] {
            guard FileManager.default.fileExists(atPath: path) else { continue }
            checked.checkpoints += 1
            do throws(CheckpointError) {
                _ = try CheckpointFiles.open(path)
            } catch {
                let isOtherWhole = (try? CheckpointFiles.open(other)) != nil
                checked.damages.append(
                    FileDamage(
                        place: error.path, problem: error.problem,
                        advice: isOtherWhole
                            ? "remove it: the trial goes on from \(other)"
                            : "remove the folder: the trial starts over when it is launched again, and what it reported stays"))
            }
        }
    }

    func damage(ofAdapter path: String, of trial: Trial, in folder: TrialFolder) -> FileDamage? {
        do throws(CheckpointError) {
            try TrainedAdapter(path).verify(isOurs: true, bounds: folder.path)
            return nil
        } catch {
            return FileDamage(place: error.path, problem: error.problem, advice: again(trial, in: folder))
        }
    }

    /// As far as the trial came, with as many threads, from what the study has computed already: the adapter is the same then.
    private func again(_ trial: Trial, in folder: TrialFolder) -> String {
        var variables = ["AUTOLORA_STOP_AFTER=\(trial.iter)", "AUTOLORA_CACHE=\(folder.cache.shellWord)"]
        if let threads = trial.reports.last?.metrics["threads"].flatMap({ Int(exactly: $0) }) {
            variables.append("OPENBLAS_NUM_THREADS=\(threads)")
        }
        let (configuration, output) = (folder.configuration.shellWord, folder.path.shellWord)
        return "train it again: \(variables.joined(separator: " ")) autolora train \(configuration) --output \(output)"
    }
}

/// An adapter of a program of others: what looks like PEFT's is checked as such, any other format is the program's own business.
struct ForeignTrialFiles: TrialFiles {
    let areAllKnown = false

    func check(_ trial: Trial, in folder: TrialFolder, goal: Goal) -> CheckedFiles {
        var checked = CheckedFiles()
        guard FileManager.default.fileExists(atPath: folder.adapter) else { return checked }
        checked.adapters += 1
        if let damage = damage(ofAdapter: folder.adapter, of: trial, in: folder) { checked.damages.append(damage) }
        return checked
    }

    func damage(ofAdapter path: String, of trial: Trial, in folder: TrialFolder) -> FileDamage? {
        let adapter = TrainedAdapter(path)
        do throws(CheckpointError) {
            if adapter.isThere {
                try adapter.verify(isOurs: false, bounds: folder.path)
            } else {
                do throws(RegularFileError) { _ = try FolderContents(of: path, bounds: folder.path) } catch {
                    throw CheckpointError(path: error.path, problem: error.problem)
                }
            }
            return nil
        } catch {
            return FileDamage(place: error.path, problem: error.problem, advice: "run its trial again")
        }
    }
}

extension TrainedAdapter {
    /// Whether one of PEFT's files is there.
    fileprivate var isThere: Bool {
        FileManager.default.fileExists(atPath: path)
            && [configurationFile, tensorFile].contains { FileManager.default.fileExists(atPath: $0) }
    }
}
