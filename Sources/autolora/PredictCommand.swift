import ArgumentParser
import Finetuning
import Foundation
import Tasks
import Tensors
import TrainerSettings

/// What a trained classifier says of texts.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Says of which class texts are.",
        discussion: """
            Of each text the label and its probability, in the order of the texts. FILE is a .jsonl, .csv or .tsv file with a column \
            of texts, or any other file with a text on each line; - is standard input, a text a line, each \
            answered as it comes.

            Example: autolora predict --adapter studies/reviews/trials/3/adapter --text "A film to remember."
                     autolora predict --adapter studies/reviews/trials/3/adapter reviews.csv --text-column review --json
            """)

    @Argument(help: "The texts: a file, or - for standard input.") var file: String?
    @Option(help: "The adapter's folder.") var adapter: String
    @Option(help: "A text; may be given several times.") var text: [String] = []
    @Option(help: "A Hugging Face model folder or a .gguf file. (default: the adapter's)") var model: String?
    @Option(help: "The column or key with the text.") var textColumn: String?
    @Option(help: "Tokens of a text at most; the rest is cut off. (default: as in training)") var maxLength: Int?
    @Option(help: "Of the model's weights: fp32, bf16, quantized or auto. (default: as in training)") var precision:
        TrainerSettings.Precision?
    @Option(help: "Threads. (default: OPENBLAS_NUM_THREADS, else AUTOLORA_THREADS, else all cores)") var threads: Int?
    @Flag(help: "Print a JSON object for each text, with the probability of each label.") var json = false

    func validate() throws {
        try PathArguments.requireExpanded(adapter, option: "--adapter")
        try PathArguments.requireExpanded(model, option: "--model")
        guard (file == nil) != text.isEmpty else {
            throw ValidationError("Give texts either by --text or in a FILE (- for standard input).")
        }
        if textColumn != nil, !["jsonl", "csv", "tsv"].contains(URL(filePath: file ?? "").pathExtension.lowercased()) {
            throw ValidationError("--text-column goes with a .jsonl, .csv or .tsv file.")
        }
        if let maxLength, maxLength < 1 { throw ValidationError("--max-length: expected a number above 0.") }
        if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads: expected 1 to 4096.") }
    }

    func run() throws {
        do {
            outliveTruncation()
            useThreads(threads, ProcessInfo.processInfo.environment)
            let texts = try file.map { $0 == "-" ? nil : try TextRows.read($0, columns) } ?? (file == "-" ? nil : text)
            let classifier = try TextClassifier(
                adapter: adapter, model: model, precision: precision, maxLength: maxLength, threads: ComputeThreads.count)
            if let texts { return try predict(texts, of: file ?? "--text", classifier) }
            var (lines, count) = (InputLines(), 0)
            while let texts = try lines.next(atMost: Self.linesAtOnce) {
                try predict(texts, of: TextFile.standardInput, after: count, classifier)
                count += texts.count
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }

    /// Of standard input, where so many are there.
    private static let linesAtOnce = 4096

    private var columns: DataColumns {
        var columns = DataColumns()
        columns.areOptions = true
        if let textColumn { columns.text = textColumn }
        return columns
    }

    /// - Parameters:
    ///   - place: where they are from.
    ///   - count: texts that were before them there.
    private func predict(
        _ texts: [String], of place: String, after count: Int = 0, _ classifier: TextClassifier
    ) throws {
        for start in stride(from: 0, to: texts.count, by: 4 * Self.linesAtOnce) {
            let part = Array(texts[start..<min(texts.count, start + 4 * Self.linesAtOnce)])
            do {
                let lines = zip(part, try classifier.probabilities(of: part)).map { line($0, $1, classifier.labels) }
                Console.print(data: lines.joined())
            } catch let empty as EmptyText {
                throw InputError(
                    place: place, problem: "text \(count + start + empty.index + 1) is empty: this model has no token for it")
            }
        }
    }

    private func line(_ text: String, _ probabilities: [Double], _ labels: [String]) -> String {
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        guard json else {
            return "\(labels[best].oneLine)\t\(String(format: "%.4f", probabilities[best]))\t\(text.oneLine)\n"
        }
        let all = Dictionary(zip(labels, probabilities.map(SettingValue.double))) { first, _ in first }
        return JSONWriter.text(
            ordered: [
                ("text", .string(text)), ("label", .string(labels[best])), ("probability", .double(probabilities[best])),
                ("probabilities", .object(all)),
            ], .report) + "\n"
    }
}
