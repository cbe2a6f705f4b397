import Checkpoints
import Tokenizers
package import TrainerSettings

/// Predicts each token of a text from those before it.
package struct CausalLMTask: TrainingTask {
    package static let setting = TrainerSettings.Task.causalLanguageModel

    package init(labels: [String], file: String) throws(InputError) { self.init() }

    /// An adapter's folder need not say anything: the task is the same for all rows.
    package static func saved(in adapterFolder: String) throws -> (any TrainingTask)? { CausalLMTask() }

    private let smoothing: Float

    private init(smoothing: Float = 0) { self.smoothing = smoothing }

    package static var head: any TaskHead.Type { CausalLMHead.self }
    package var head: any TaskHead { CausalLMHead(smoothing: smoothing) }

    package func learning(_ training: TokenizedExamples, _ settings: TrainerSettings) throws(InputError) -> any TrainingTask {
        Self(smoothing: Float(settings.labelSmoothing))
    }

    package static func tokenForm(_ settings: TrainerSettings) -> String? {
        let files = ChatTemplate.files.compactMap { FileIdentity(path: settings.model + "/" + $0).map { "\($0)" } }
        let template = settings.chatTemplate?.debugDescription ?? "the model's (\(files.joined(separator: "; ")))"
        return
            "causal-lm, completion only \(settings.completionOnlyLoss), assistant only \(settings.assistantOnlyLoss), template \(template)"
    }

    package static func tokenized(
        _ source: DataSource, _ settings: TrainerSettings, with tokenizer: ModelTokenizer
    ) throws -> (file: TokenizedFile, notes: [String]) {
        let data = try rows(source, settings)
        let (kind, line) = (data.examples[0].kind, data.examples[0].line)
        let encoder = try LanguageEncoder(tokenizer, settings, for: kind)
        let file = try TokenizedFile(named: kind.rawValue, line: line, data.examples) {
            try encoder.encode($0, file: source.path)
        }
        guard file.offsets.count > 1 else {
            throw InputError(
                file: source.path, line: line,
                problem:
                    "nothing is left to learn of its \(data.examples.count) rows: each is longer than max_length \(settings.maxLength) before "
                    + "what is to be predicted begins, or too short; raise max_length")
        }
        return (file, data.notes)
    }

    static func rows(_ source: DataSource, _ settings: TrainerSettings) throws(InputError) -> DataFile<LanguageRow> {
        try DataFile(source, settings.columns) { (_: [LanguageRow], _, _) in }
    }

    package static func labels(_ source: DataSource, _ settings: TrainerSettings) throws(InputError) -> [String] { [] }

    package static func writing(
        _ source: DataSource, _ settings: TrainerSettings, with tokenizer: () throws -> ModelTokenizer
    ) throws -> WritingSample? {
        let data = try rows(source, settings)
        guard data.examples[0].kind != .text else {
            throw InputError(
                place: source.path,
                problem:
                    "has texts alone, which ask nothing; answers are scored (\(settings.whyWriting)) for rows with prompt and completion, or messages"
            )
        }
        let tokenizer = try tokenizer()
        let encoder = try LanguageEncoder(tokenizer, settings, for: data.examples[0].kind)
        var questions: [(prompt: [Int32], answer: String)] = []
        for row in WritingSample.rows(data.examples, count: settings.generationRows) {
            guard let question = try encoder.question(row, file: source.path) else { continue }
            questions.append(question)
        }
        guard !questions.isEmpty else {
            throw InputError(
                place: source.path,
                problem:
                    "no conversation ends with a plain answer of the assistant, so none can be scored (\(settings.whyWriting))")
        }
        return WritingSample(
            prompts: questions.map(\.prompt), answers: questions.map(\.answer), limit: settings.maxNewTokens,
            tokenizer: tokenizer.tokenizer)
    }

    package func targets(of file: TokenizedFile, path: String) throws(InputError) -> Targets {
        var counts = [Int](repeating: 0, count: file.offsets.count - 1)
        let answers = file.answers
        for answer in answers { counts[answer.row] += 1 }
        return Targets(classes: answers.map { file.tokens[$0.token] }, counts: counts)
    }

    package func line(training: TokenizedExamples, validation: TokenizedExamples) -> String {
        func text(_ part: DataPart, _ examples: TokenizedExamples) -> String {
            let rows = examples.count + examples.dropped
            var words =
                "\(part.rawValue) \(rows) row\(rows == 1 ? "" : "s") of \(examples.kind ?? "text"), \(examples.targets.classes.count) of "
                + "\(examples.tokens.count) tokens to predict"
            if examples.cut > 0 { words += ", \(examples.cut) cut at max_length" }
            if examples.dropped > 0 { words += ", \(examples.dropped) left out: nothing to predict is left of them" }
            return words
        }
        return text(.train, training) + "; " + text(.validation, validation)
    }

    package func evaluation() -> any TaskEvaluation { CausalLMMetrics() }

    package static func summary(_ settings: TrainerSettings) throws(InputError) -> DataSummary {
        try CausalLMSummary(settings).whole
    }
}

extension TrainerSettings {
    /// The setting by which answers are written.
    fileprivate var whyWriting: String {
        evalGenerationRows.map { "eval_generation_rows: \($0)" } ?? "for \(metricForBestModel)"
    }
}
