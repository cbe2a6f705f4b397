import ArgumentParser
import StudyViews

struct ImportanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "importance", abstract: "Tells which parameters matter: how differently the best trials lie from all.",
        discussion: """
            PED-ANOVA, as Optuna computes it, on all trials with a value (Optuna's own counts complete trials alone): how differently the best tenth of the trials lie in a parameter, as a share of all \
            parameters'. An interval that begins at 0 says that chance alone may give as much. docs/report.md says how to read it.

            Example: autolora importance movie-reviews
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: "A figure of the reports instead of the study's metric.") var metric: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await failing {
            var options = PlotOptions()
            options.metric = metric
            let importances = try Importances.of(try study.store().plotSource(), options)
            if json { Console.print(json: importances.json) } else { Console.print(importances.text) }
        }
    }
}
