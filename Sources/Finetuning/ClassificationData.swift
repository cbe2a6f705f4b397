import Checkpoints
import TrainerSettings

/// All that a classification trial reads, tokenised.
struct ClassificationData: Sendable {
    let labels: LabelNumbers
    let training: TokenizedExamples
    let validation: TokenizedExamples

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    init(_ settings: TrainerSettings, from data: inout TokenizedData) throws {
        let file = try data.read(settings.train)
        labels = try LabelNumbers(names: file.names, file: settings.train)
        training = try labels.number(file, path: settings.train)
        validation = try labels.number(data.read(settings.validation), path: settings.validation)
    }

    var fingerprint: String { "\(labels.names.count)-\(training.fingerprint)-\(validation.fingerprint)" }
}

extension LabelNumbers {
    /// - Throws: ``InputError`` for the first label that training never shows.
    func number(_ file: TokenizedFile, path: String) throws(InputError) -> TokenizedExamples {
        var numbers: [Int32] = []
        for (name, line) in zip(file.names, file.lines) { numbers.append(try number(of: name, file: path, line: line)) }
        return TokenizedExamples(file, labels: numbers)
    }
}
