import ArgumentParser
import Foundation
import Tasks
import TrainerSettings

struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Looks at data files: rows, labels, lengths, and what is wrong with them.",
        discussion: """
            Give the file to train on first. What is found is told with the lines it is about and what to do: copies, texts that are in two \
            files, texts with two labels, empty texts, labels with few rows. Nothing is written.

            Example: autolora data train.csv validation.csv --model models/all-MiniLM-L6-v2
            """)

    @Argument(help: "The files: .jsonl, .csv or .tsv.", completion: .file()) var files: [String]
    @OptionGroup var columns: ColumnOptions
    @Option(help: "A model's folder or .gguf file: lengths are told in its tokens too.", completion: .directory) var model:
        String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { try PathArguments.requireExpanded(model, option: "--model") }

    func run() async throws {
        try await failing {
            let survey = try DataSurvey(files, try columns.question(model: model))
            if json { Console.print(json: survey.value) } else { Console.print(survey.text) }
        }
    }
}

/// What the user knows of data files.
struct ColumnOptions: ParsableArguments {
    @Option(help: "sequence-classification or causal-lm. (default: what the rows seem to be for)") var task: String?
    @Option(help: "The column, or key, with the text.") var textColumn: String?
    @Option(help: "The column, or key, with the label.") var labelColumn: String?

    func validate() throws {
        if let textColumn, textColumn == labelColumn {
            throw ValidationError(
                "--text-column and --label-column name one column, '\(textColumn)': texts and labels are two.")
        }
    }

    func question(model: String?) throws -> SurveyQuestion {
        var question = SurveyQuestion()
        (question.text, question.label, question.model) = (textColumn, labelColumn, model)
        guard let task else { return question }
        guard let known = TrainerSettings.Task(rawValue: task) else {
            let names = TrainerSettings.Task.allCases.map(\.rawValue)
            throw ValidationError(
                "--task \(task): expected \(names.joined(separator: " or "))\(nearestHint(to: task, among: names))")
        }
        question.task = known
        return question
    }
}
