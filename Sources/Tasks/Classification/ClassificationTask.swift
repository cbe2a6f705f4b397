import Checkpoints
import Tensors
package import TrainerSettings

/// Tells which of some classes a text is of.
package struct ClassificationTask: TrainingTask {
    package static let setting = TrainerSettings.Task.sequenceClassification

    private let labels: LabelNumbers
    private var loss = CrossEntropy()

    package init(labels: [String], file: String) throws(InputError) {
        self.init(try LabelNumbers(training: labels, file: file))
    }

    private init(_ labels: LabelNumbers) { self.labels = labels }

    /// By labels.json.
    package static func saved(in adapterFolder: String) throws -> (any TrainingTask)? {
        let file = LabelFile(adapterFolder: adapterFolder)
        return try file.names().map { Self(try LabelNumbers(ordered: $0, source: file.path)) }
    }

    package static var head: any TaskHead.Type { ClassificationHead.self }
    package var head: any TaskHead {
        var head = ClassificationHead(labels: labels.names)
        head.loss = loss
        return head
    }

    package func learning(_ training: TokenizedExamples, _ settings: TrainerSettings) throws(InputError) -> any TrainingTask {
        var task = self
        task.loss.smoothing = Float(settings.labelSmoothing)
        if let weights = settings.classWeights {
            task.loss.weights = try weights.values(for: labels, targets: training.targets.classes)
        }
        return task
    }

    package static func checkLoss(_ settings: TrainerSettings, on head: any TaskHead) throws(InputError) {
        guard let weights = settings.classWeights, let head = head as? ClassificationHead else { return }
        _ = try weights.values(for: LabelNumbers(ordered: head.labels, source: settings.train), targets: [])
    }

    /// Labels that are whole numbers were numbered as texts.
    package var earlier: (any TrainingTask)? { labels.numberedAsTexts.map { Self($0) } }

    package func targets(of file: TokenizedFile, path: String) throws(InputError) -> Targets {
        var numbers: [Int32] = []
        for (name, line) in zip(file.names, file.lines) {
            numbers.append(try labels.number(of: name, file: path, line: line))
        }
        return Targets(classes: file.labels.map { numbers[Int($0)] })
    }

    package func line(training: TokenizedExamples, validation: TokenizedExamples) -> String {
        func text(_ part: DataPart, _ examples: TokenizedExamples) -> String {
            var counts = [Int](repeating: 0, count: labels.names.count)
            for number in examples.targets.classes { counts[Int(number)] += 1 }
            return "\(part.rawValue) \(PartSummary(part, counts: counts, labels: labels.names).text)"
        }
        return [text(.train, training), text(.validation, validation), ClassNumbers.sentence(labels.names)].joined(
            separator: "; ")
    }

    package func evaluation() -> any TaskEvaluation { ClassificationMetrics(labels: labels.names) }

    package static func summary(_ settings: TrainerSettings) throws(InputError) -> DataSummary {
        try ClassificationSummary(settings).whole
    }

    /// Numbers that are not whole are measures, not classes; where other labels are texts, they may be names all the same.
    package static func check(_ rows: [LabeledText], _ columns: DataColumns, file: String) throws(InputError) {
        guard let row = rows.first(where: { ClassNumbers.isFraction($0.label) }),
            rows.allSatisfy({ ClassNumbers.isNumber($0.label) })
        else { return }
        throw InputError(
            file: file, line: row.line,
            problem:
                "'\(columns.label)' is the number \(row.label.filter { !$0.isWhitespace }), and every label of the file is a number: "
                + "expected whole numbers, or texts that name the classes (v1.5 rather than 1.5)")
    }
}
