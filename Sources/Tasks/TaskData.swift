package import TrainerSettings

/// All that a trial reads, tokenized, with the task that the rows to train on make of it.
package struct TaskData: Sendable {
    package let task: any TrainingTask
    package let training: TokenizedExamples
    package let validation: TokenizedExamples
    /// What the user has to know of how the files were read.
    package let notes: [String]
    /// Tells these data from others.
    package let fingerprint: String
    /// What it was when the task's outputs were in another order (``TrainingTask/earlier``); nil where that is the same.
    package let earlierFingerprint: String?

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    package init(_ kind: any TrainingTask.Type, _ settings: TrainerSettings, from data: inout TokenizedData) throws {
        let source = settings.source(of: .validation) ?? settings.trainingSource
        let files = (try data.read(settings.trainingSource), try data.read(source))
        func examples(_ task: any TrainingTask) throws -> (training: TokenizedExamples, validation: TokenizedExamples) {
            (
                TokenizedExamples(files.0, try task.targets(of: files.0, path: settings.train)),
                TokenizedExamples(files.1, try task.targets(of: files.1, path: source.path))
            )
        }
        let task = try kind.init(labels: files.0.names, file: settings.train)
        (training, validation) = try examples(task)
        self.task = try task.learning(training, settings)
        notes = data.notes
        fingerprint = Self.fingerprint(task, training, validation)
        earlierFingerprint = try task.earlier.map {
            let earlier = try examples($0)
            return Self.fingerprint(task, earlier.training, earlier.validation)
        }
    }

    /// In bytes.
    package var memory: Int { training.memory + validation.memory }

    package var highestToken: Int32? { [training.tokens.max(), validation.tokens.max()].compactMap(\.self).max() }

    /// What is trained on and compared by, for people.
    package var line: String { task.line(training: training, validation: validation) }

    private static func fingerprint(
        _ task: any TrainingTask, _ training: TokenizedExamples, _ validation: TokenizedExamples
    ) -> String {
        "\(task.head.outputCount)-\(training.fingerprint)-\(validation.fingerprint)"
    }
}
