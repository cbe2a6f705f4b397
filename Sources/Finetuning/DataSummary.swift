package import TrainerSettings

/// What a configuration's data come to: read and checked before anything is launched, without the model.
package struct DataSummary: Sendable, Hashable {
    /// In the order of their numbers.
    package let labels: [String]
    package let trainingCount: Int
    package let validationCount: Int
    /// nil: the configuration names no test data.
    package let testCount: Int?
    package let stepsPerEpoch: Int

    /// - Throws: ``InputError`` naming file and line: what cannot be read, or a label that training never shows.
    package init(_ settings: TrainerSettings) throws(InputError) {
        let training = try LabeledText.read(file: settings.train)
        let numbers = try LabelNumbers(training: training, file: settings.train)
        func count(_ file: String) throws(InputError) -> Int {
            let examples = try LabeledText.read(file: file)
            for example in examples { _ = try numbers.number(of: example, file: file) }
            return examples.count
        }
        labels = numbers.names
        trainingCount = training.count
        validationCount = try count(settings.validation)
        if let test = settings.test { testCount = try count(test) } else { testCount = nil }
        stepsPerEpoch =
            BatchOrder(
                exampleCount: training.count, batchSize: settings.batchSize, shuffle: settings.shuffle,
                dropLast: settings.dropLast, seed: 0
            ).stepsPerEpoch
    }
}
