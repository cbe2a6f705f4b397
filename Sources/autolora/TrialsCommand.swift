import ArgumentParser
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

struct TrialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "trials", abstract: "Lists the trials of a study.")

    @OptionGroup var study: StudyArgument
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print comma-separated values.") var csv = false

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv exclude each other") }
    }

    func run() async throws {
        try await failing {
            let store = try study.store()
            let table = try TrialTable(store)
            if json {
                Console.print(json: table.json)
            } else if csv {
                Console.print(data: table.csv)
            } else {
                let (notes, tags) = (table.requests.notes, table.requests.tags)
                Console.print(TrialLines.render(table.history.trials, of: table.history, tags: tags, jobs: table.jobs))
                let confirmations = table.history.confirmations
                if !confirmations.isEmpty {
                    Console.print("\n" + ConfirmationLines.render(confirmations, of: table.history))
                }
                for record in table.trials.map(\.record) {
                    for note in notes[record.id] ?? [] {
                        Console.print("trial \(record.number): note \(note.number): \(note.text)".printable)
                    }
                    guard let error = record.error else { continue }
                    Console.print(
                        "trial \(record.number): \(store.folder.shownError(error, of: table.history[record.id]))".printable)
                }
            }
        }
    }
}
