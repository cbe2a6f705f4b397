import Tokenizers
import TrainerSettings

/// All that a classification trial reads, tokenised.
struct ClassificationData: Sendable {
    let labels: LabelNumbers
    let training: TokenizedExamples
    let validation: TokenizedExamples

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    init(_ settings: TrainerSettings) throws {
        let tokenizer = try WordPieceTokenizer(folder: settings.model)
        let examples = try LabeledText.read(file: settings.train)
        labels = try LabelNumbers(training: examples, file: settings.train)
        training = try labels.tokenize(examples, file: settings.train, tokenizer, maxLength: settings.maxLength)
        validation = try labels.tokenize(
            LabeledText.read(file: settings.validation), file: settings.validation, tokenizer, maxLength: settings.maxLength)
    }

    var fingerprint: String { "\(labels.names.count)-\(training.fingerprint)-\(validation.fingerprint)" }
}

extension LabelNumbers {
    func tokenize(
        _ examples: [LabeledText], file: String, _ tokenizer: WordPieceTokenizer, maxLength: Int
    ) throws(InputError) -> TokenizedExamples {
        var tokenized = TokenizedExamples()
        for example in examples {
            tokenized.append(tokenizer.encode(example.text, maxLength: maxLength), label: try number(of: example, file: file))
        }
        return tokenized
    }
}
