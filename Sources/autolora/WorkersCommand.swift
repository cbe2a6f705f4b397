import ArgumentParser
import Studies
import StudyStore

struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Says how many trials of a study that runs work at the same time.",
        discussion: """
            What runs goes on to its end: with fewer, nothing is launched until as many are left. On a cluster jobs that still wait leave the \
            queue, the newest first, and their trials wait for a worker. `resume` goes on with the same number.

            Example: autolora workers movie-reviews 4
            """)

    @OptionGroup var options: AskingOptions
    @Argument(help: "Trials at the same time.") var count: Int

    func run() async throws {
        try await failing {
            let before = try options.study.store().study().workers
            try await options.ask(.workers(count)) { _ in
                before == count ? nil : "autolora workers \(options.name) \(before)"
            }
        }
    }
}
