import ArgumentParser
import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import TrainerSettings
import Trainers

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks that a study's store, checkpoints and adapters are whole.",
        discussion: """
            One line for each thing that is wrong, with what to do next, and exit code 1; nothing is changed. A study that runs may \
            be checked too. The checkpoints of a command's trials are its own and are not looked at.

            --replay plays the study again from its events, without training anything: every suggestion, promotion and end has to \
            come out as it is on record. A study that was resumed by another space file is replayed by the last one.
            """)

    @OptionGroup var study: StudyArgument
    @Flag(help: "Decide everything again, and name what comes out otherwise: suggestions, promotions, ends.") var replay = false

    func run() async throws {
        try await failing {
            let store = try open()
            var damages = store.damages()
            var isReplayed = false
            // A store that contradicts itself need not have a history.
            if let record = try? store.study(), let history = try? store.history() {
                guard !replay || !record.isImported else { throw StudyStoreError.imported(name: record.name) }
                var trainer: (any Trainer)?
                do throws(StudyStoreError) {
                    trainer = try store.spaceFile(of: record).specification.program
                } catch {
                    damages.append(Self.damage(store, error, "take the study's folder from a copy"))
                }
                var files = TrialFilesCheck(store.folder, goal: record.goal, trainer: trainer)
                let trials = history.trials + history.confirmations
                try await files.look(at: trials)
                damages += files.damages
                isReplayed = replay && damages.isEmpty
                let replayed = try isReplayed ? replayed(store, &damages) : ""
                if damages.isEmpty {
                    let reports = trials.reduce(0) { $0 + $1.reports.count }
                    let more = history.confirmations.isEmpty ? "" : " and \(history.confirmations.count) that confirm"
                    return Console.print(
                        "study \(record.name) is whole: \(history.trials.count) trials\(more), \(reports) reports,"
                            + " \(files.checkpoints) checkpoints, \(files.adapters) adapters" + replayed)
                }
            }
            for damage in damages { Console.print(damage.description.printable) }
            if replay, !isReplayed { Console.error("not replayed: what is damaged comes first") }
            throw ExitCode(1)
        }
    }

    /// Adds what is decided otherwise now.
    ///
    /// - Returns: what there is to say where nothing is.
    private func replayed(_ store: StudyStore, _ damages: inout [StudyDamage]) throws -> String {
        var check = try ReplayCheck(store)
        try check.run()
        damages += check.damages
        return "; replayed, all \(check.decisions) decisions come out the same"
    }

    /// - Throws: for a store that cannot be opened what is wrong with it; this command could tell no more of that.
    private func open() throws -> StudyStore {
        do {
            return try study.store()
        } catch let error as StudyStoreError {
            guard case .damaged(let path, let reason) = error else { throw error }
            throw ClosedStore(description: "\(path): not a study that can be read: \(reason); \(StudyStore.rescue)")
        }
    }

    private static func damage(_ store: StudyStore, _ error: StudyStoreError, _ advice: String) -> StudyDamage {
        StudyDamage(place: store.folder.database, problem: error.reason ?? "\(error)", advice: advice)
    }
}

private struct ClosedStore: Error, CustomStringConvertible { let description: String }
