import ArgumentParser
import Finetuning
import Foundation
import Tasks
import TrainerSettings

/// How good an adapter is on data: any file, or a part of what a configuration names, which is how a winner's test value is had.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Tells how good an adapter is on a data file.",
        discussion: """
            Of a classifier accuracy, macro F1, each class, the confusion matrix and the calibration; of a language model loss and \
            perplexity, and with --generate how good the answers are that it writes. Then how long single texts take, and the memory.

            With CONFIG, a trial's config.json, it is one JSON line of metrics on a part of the configuration's own data; with --json the \
            same with all else in one object.

            Example: autolora evaluate --adapter studies/reviews/trials/3/adapter --data new-reviews.csv
            """)

    @Argument(help: "A trial's config.json, or an object of trainer settings.") var config: String?
    @Option(help: "The adapter's folder.") var adapter: String
    @Option(help: "The data: a .jsonl, .csv or .tsv file.") var data: String?
    @Option(help: "With CONFIG: train, validation or test. (default: test)") var split: DataPart?
    @Option(help: "With --data: a Hugging Face model folder or a .gguf file. (default: the adapter's)") var model: String?
    @Option(help: "With --data: the column or key with the text.") var textColumn: String?
    @Option(help: "With --data: the column or key with the label.") var labelColumn: String?
    @Option(help: "With --data, of a language model: score the answers that it writes to so many rows.") var generate: Int?
    @Option(help: "With --data: tokens of a text at most; the rest is cut off. (default: as in training)") var maxLength: Int?
    @Option(help: "With --data, of the model's weights: fp32, bf16, quantized or auto. (default: as in training)")
    var precision: TrainerSettings.Precision?
    @Option(help: "Threads. (default: as in training, else OPENBLAS_NUM_THREADS, AUTOLORA_THREADS, all cores)") var threads:
        Int?
    @Flag(help: "Print each text's logits first; with --json they are in the object.") var logits = false
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        for (path, option) in [(adapter, "--adapter"), (model, "--model"), (data, "--data")] {
            try PathArguments.requireExpanded(path, option: option)
        }
        guard (config == nil) != (data == nil) else { throw ValidationError("Give either --data FILE or a trial's CONFIG.") }
        if data != nil, split != nil { throw ValidationError("--split goes with CONFIG: --data is one file, read whole.") }
        let only = [
            ("--model", model != nil), ("--text-column", textColumn != nil), ("--label-column", labelColumn != nil),
            ("--generate", generate != nil), ("--max-length", maxLength != nil), ("--precision", precision != nil),
        ]
        if config != nil, let (option, _) = only.first(where: \.1) {
            throw ValidationError("\(option) goes with --data: CONFIG says that; leave it out.")
        }
        if let maxLength, maxLength < 1 { throw ValidationError("--max-length: expected a number above 0.") }
        if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads: expected 1 to 4096.") }
        if let generate, !(1...1_000_000).contains(generate) { throw ValidationError("--generate: expected 1 to 1000000.") }
    }

    func run() throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            outliveLargeFiles()
            if let config { try evaluate(try TrialConfiguration(path: config, isOnRecord: true).settings, environment) }
            if let data { try evaluate(data, environment) }
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }

    private func evaluate(_ settings: TrainerSettings, _ environment: [String: String]) throws {
        useThreads(threads ?? settings.threads, environment)
        let evaluation = try AdapterEvaluation(
            settings, adapterFolder: adapter, split: split ?? .test, cacheFolder: cacheFolder(environment),
            warn: { Console.error($0) })
        guard !json else { return printObject(evaluation) }
        printLogits(evaluation)
        Console.print(data: evaluation.line + "\n")
    }

    private func printObject(_ evaluation: AdapterEvaluation) {
        let rows = logits ? [("logits", SettingValue.array(Self.rows(evaluation).map { .array($0.map(Self.value)) }))] : []
        Console.print(data: JSONWriter.text(ordered: EvaluationReport(evaluation).json + rows, .page) + "\n")
    }

    /// Texts that are timed one at a time.
    private static let timed = 200

    private func evaluate(_ file: String, _ environment: [String: String]) throws {
        var settings = try TrainedAdapter(adapter).settings(model: model, data: file)
        settings.columns.areOptions = true
        if let textColumn { settings.columns.text = textColumn }
        if let labelColumn { settings.columns.label = labelColumn }
        if let generate {
            guard settings.task == .causalLanguageModel else {
                throw InputError(place: "--generate", problem: "\(adapter) classifies texts, and writes none; leave it out")
            }
            settings.evalGenerationRows = generate
        }
        if let maxLength { settings.maxLength = maxLength }
        if let precision { settings.precision = precision }
        useThreads(threads ?? settings.threads, environment)
        let line = Console.drawsOnTerminal ? ProgressLine() : nil
        let evaluation = try AdapterEvaluation(
            settings, adapterFolder: adapter, split: .test, timed: Self.timed, progress: { line?.show($0) },
            warn: { Console.error($0) })
        line?.clear()
        guard !json else { return printObject(evaluation) }
        printLogits(evaluation)
        for line in EvaluationReport(evaluation).lines { Console.print(line) }
    }

    private func printLogits(_ evaluation: AdapterEvaluation) {
        guard logits else { return }
        for row in Self.rows(evaluation) { Console.print(data: "\(row)\n") }
    }

    private static func rows(_ evaluation: AdapterEvaluation) -> [[Float]] {
        stride(from: 0, to: evaluation.outputs.count, by: evaluation.outputCount).map {
            Array(evaluation.outputs[$0..<($0 + evaluation.outputCount)])
        }
    }

    /// In the digits that tell it from its neighbors.
    private static func value(_ logit: Float) -> SettingValue { .double(Double("\(logit)") ?? Double(logit)) }
}

extension DataPart: ExpressibleByArgument {}
