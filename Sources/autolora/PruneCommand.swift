import ArgumentParser
import Studies

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Takes a trial out of a study that runs.",
        discussion: """
            Its process is told to end and has its grace time; a trial that waits or is paused does not go on. It is pruned then, with the \
            reason; its reports, and the adapter of its best one, stay. That cannot be undone.

            Example: autolora prune movie-reviews 7 --reason diverges
            """)

    @OptionGroup var options: AskingOptions
    @Argument(help: "The trial's number.") var trial: Int
    @Option(help: "Why; it is kept with the trial.") var reason: String?

    func run() async throws {
        try await failing { try await options.ask(.prune(Trial.ID(trial), reason: reason)) { _ in nil } }
    }
}
