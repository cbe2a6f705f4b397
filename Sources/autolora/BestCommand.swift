import ArgumentParser
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

struct BestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "best", abstract: "Shows the best configuration that a study has found.")

    @OptionGroup var study: StudyArgument
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await failing {
            let store = try study.store()
            let best = try BestTrial(store)
            guard !json else { return Console.print(json: best.json) }
            let metric = try store.study().metric
            let origin = best.confirmed.map { " (\($0.origin(of: best.trial)))" } ?? ""
            Console.print("trial     \(best.trial.id)\(origin)")
            let value = Measured.text(best.report.value, best.standardError)
            Console.print("\(metric) \(value)\(best.report.step.map { " at step \($0)" } ?? "")")
            for metric in best.front?.metrics.dropFirst() ?? [] {
                Console.print("\(metric.name) \(Measured.text(metric.name, of: best.report))")
            }
            for (name, value) in best.trial.assignment.values.sorted(by: { $0.key < $1.key }) {
                Console.print("  \(name): \(value)".printable)
            }
            for (name, text) in Measured.figures(best.test ?? [:]) { Console.print("\(name) \(text)") }
            let name = study.study + study.studies.repeated
            // Once it is confirmed that tells more.
            if best.confirmed == nil, let noise = best.noise {
                Console.print("chosen    \(noise.choice)")
                if let warning = noise.warning(name) { Console.print("noise     \(warning)") }
            }
            if let note = best.trial.unfinished { Console.print("note      trial \(best.trial.id) \(note)") }
            if let tags = best.requests.tags[best.trial.id] {
                Console.print("tags      \(tags.map(\.text).joined(separator: ", "))".printable)
            }
            for note in best.requests.notes[best.trial.id] ?? [] {
                Console.print("note \(String(note.number).padded(4)) \(note.text)".printable)
            }
            Console.print("adapter   \(best.adapter ?? "none")")
            if let confirmation = best.confirmation {
                Console.print((best.confirmed == nil ? "not confirmed\n" : "confirmed\n") + confirmation.text(name))
            } else if let missing = try MissingConfirmation(store, name) {
                Console.print("confirm   \(missing.text)")
            }
            if let front = best.front {
                Console.print("front     the trials that none beats in all metrics")
                Console.print(TrialLines.render(front.members.map(\.trial), of: try store.history()))
            }
        }
    }
}
