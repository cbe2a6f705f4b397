import ArgumentParser
import Studies

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ends a study's run, wherever that runs, as Ctrl-C does there.",
        discussion: """
            Trials are told to end, have their grace time, and go on from their checkpoints when the study is resumed. Jobs of a cluster \
            are told likewise, and those that wait are taken out of its queue; with --detach they are left as they are.

            Example: autolora stop movie-reviews --reason "the machine is needed"
            """)

    @OptionGroup var options: AskingOptions
    @Flag(help: "With runner slurm: leave the jobs running; `resume` takes them up.") var detach = false
    @Option(help: "Why; it is kept with the request.") var reason: String?

    func run() async throws {
        try await failing {
            try await options.ask(detach ? .detach(reason: reason) : .stop(reason: reason)) { _ in
                "autolora resume \(options.name)"
            }
        }
    }
}
