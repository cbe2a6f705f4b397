import ArgumentParser
import SearchSpaces
import SpaceFiles
import Studies
import TrainerSettings

struct EnqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enqueue", abstract: "Has a study try a configuration of yours before its strategy's next.",
        discussion: """
            Values are those of the space file's parameters; what is left open comes from the trial that is cloned, else it is drawn. It \
            counts in run_cap like any other trial. A study that is not running keeps it for `resume`.

            Example: autolora enqueue movie-reviews --set r=8 --set "target_modules=[query, value]"
            Example: autolora enqueue movie-reviews --clone 7 --set learning_rate=1e-3
            """)

    @OptionGroup var options: AskingOptions
    @Option(name: .customLong("set"), parsing: .upToNextOption, help: "A parameter's value, as name=value; as often as wanted.")
    var settings: [String] = []
    @Option(help: "The trial whose configuration it is, but for what is set.") var clone: Int?
    @Option(help: "The request whose configuration is not to be tried after all.") var remove: Int?

    func validate() throws {
        if remove != nil, clone != nil || !settings.isEmpty {
            throw ValidationError("--remove goes without --set and --clone: it takes an earlier request back")
        }
        if remove == nil, clone == nil, settings.isEmpty {
            throw ValidationError("give --set name=value, or --clone TRIAL")
        }
    }

    func run() async throws {
        try await failing {
            if let remove { return try await options.ask(.remove(remove)) { _ in nil } }
            let values: Assignment
            do throws(SpaceFileError) { values = try Assignment(settings: settings) } catch {
                throw ValidationError(error.problem)
            }
            try await options.ask(.enqueue(values, clone: clone.map { Trial.ID($0) })) { number in
                "autolora enqueue \(options.name) --remove \(number), as long as it has not been started"
            }
        }
    }
}
