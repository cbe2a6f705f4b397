import ArgumentParser
import Studies

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ends a study's run, wherever that runs, as Ctrl-C does there.",
        discussion: """
            Trials are told to end, have their grace time, and go on from their checkpoints when the study is resumed.

            Example: autolora stop movie-reviews --reason "the machine is needed"
            """)

    @OptionGroup var options: AskingOptions
    @Option(help: "Why; it is kept with the request.") var reason: String?

    func run() async throws {
        try await failing {
            try await options.ask(.stop(reason: reason)) { _ in "autolora resume \(options.name)" }
        }
    }
}
