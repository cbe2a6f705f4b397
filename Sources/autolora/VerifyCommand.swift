import ArgumentParser
import Foundation
import SearchSpaces
import Studies
import StudyStore

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks that a study's store, checkpoints and adapters are whole.",
        discussion: """
            One line for each thing that is wrong, with what to do next, and exit code 1; nothing is changed. A study that runs may \
            be checked too. The checkpoints of a command's trials are its own and are not looked at.
            """)

    @OptionGroup var study: StudyArgument

    func run() async throws {
        try await failing {
            let store = try study.store()
            var damages = store.damages()
            // A store that contradicts itself need not have a history.
            if let record = try? store.study(), let history = try? store.history() {
                var files = TrialFilesCheck(store.folder, goal: record.goal, isBuiltIn: try Self.isBuiltIn(record))
                for trial in history.trials { files.look(at: trial) }
                damages += files.damages
                if damages.isEmpty {
                    let reports = history.trials.reduce(0) { $0 + $1.reports.count }
                    return Console.print(
                        "study \(record.name) is whole: \(history.trials.count) trials, \(reports) reports,"
                            + " \(files.checkpoints) checkpoints, \(files.adapters) adapters")
                }
            } else if damages.isEmpty {
                damages = [
                    StudyDamage(
                        place: store.folder.database, problem: "its trials cannot be read",
                        advice: "take the study's folder from a copy")
                ]
            }
            for damage in damages { Console.print(damage.description.printable) }
            throw ExitCode(1)
        }
    }

    private static func isBuiltIn(_ record: StudyRecord) throws -> Bool {
        let file = try SpaceFile(text: record.spaceFile, file: record.spaceFileName, folder: record.folder)
        if case .lora = file.specification.trainer { return true }
        return false
    }
}
