import Checkpoints
package import TrainerSettings

/// All that a classification trial reads, tokenised.
package struct ClassificationData: Sendable {
    package let labels: LabelNumbers
    package let training: TokenizedExamples
    package let validation: TokenizedExamples
    /// What the user has to know of how the files were read.
    package let notes: [String]
    /// Tells these data from others.
    package let fingerprint: String
    /// What it was when whole-number labels were numbered as texts; nil where that is the same.
    package let fingerprintByText: String?

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    package init(_ settings: TrainerSettings, from data: inout TokenizedData) throws {
        let source = settings.source(of: .validation) ?? settings.trainingSource
        let files = (try data.read(settings.trainingSource), try data.read(source))
        let labels = try LabelNumbers(training: files.0.names, file: settings.train)
        func examples(_ labels: LabelNumbers) throws(InputError) -> (training: TokenizedExamples, validation: TokenizedExamples)
        {
            (try labels.number(files.0, path: settings.train), try labels.number(files.1, path: source.path))
        }
        (training, validation) = try examples(labels)
        self.labels = labels
        notes = data.notes
        fingerprint = Self.fingerprint(labels, training, validation)
        fingerprintByText = try labels.numberedAsTexts.map {
            let earlier = try examples($0)
            return Self.fingerprint(labels, earlier.training, earlier.validation)
        }
    }

    private static func fingerprint(
        _ labels: LabelNumbers, _ training: TokenizedExamples, _ validation: TokenizedExamples
    ) -> String {
        "\(labels.names.count)-\(training.fingerprint)-\(validation.fingerprint)"
    }
}

extension ClassificationData {
    package var highestToken: Int32? { [training.tokens.max(), validation.tokens.max()].compactMap(\.self).max() }

    /// What is trained on and compared by, for people.
    package var line: String {
        let parts = [
            training.summary(.train, labels: labels.names), validation.summary(.validation, labels: labels.names),
        ]
        return (parts.map { "\($0.part.rawValue) \($0.text)" } + [ClassNumbers.sentence(labels.names)]).joined(
            separator: "; ")
    }
}

extension LabelNumbers {
    /// - Throws: ``InputError`` for the first label that training never shows.
    package func number(_ file: TokenizedFile, path: String) throws(InputError) -> TokenizedExamples {
        var numbers: [Int32] = []
        for (name, line) in zip(file.names, file.lines) { numbers.append(try number(of: name, file: path, line: line)) }
        return TokenizedExamples(file, labels: numbers)
    }
}
