package import TrainerSettings

/// What is learned from a file's rows: what they mean, what the model has to answer, and how well it does.
///
/// A new task conforms to this in a folder of its own and has a line in ``TrainingTasks/all``. Its name and its metrics stand in
/// `TrainerSettings.Task`, where the search finds them too.
package protocol TrainingTask: Sendable {
    /// The value of the setting `task` that means it.
    static var setting: TrainerSettings.Task { get }
    /// What an evaluation can give, in the order of a report: those that the settings name.
    static var metrics: [MetricGoal] { get }

    /// What decides besides the file, its columns, the model's tokenizer and `max_length` what a row's tokens are, in words; nil:
    /// nothing does. A cache of tokens goes by it.
    static func tokenForm(_ settings: TrainerSettings) -> String?
    /// Reads a data file's rows as tokens.
    ///
    /// - Throws: an error naming file and line.
    static func tokenized(
        _ source: DataSource, _ settings: TrainerSettings, with tokenizer: ModelTokenizer
    ) throws -> (file: TokenizedFile, notes: [String])
    /// The different labels of a file, for which its texts need not be tokenized; none where rows have none.
    ///
    /// - Throws: ``InputError`` naming file and line.
    static func labels(_ source: DataSource, _ settings: TrainerSettings) throws(InputError) -> [String]
    /// What the model is to write in an evaluation on this file; nil: nothing.
    ///
    /// - Throws: an error naming file and line.
    static func writing(
        _ source: DataSource, _ settings: TrainerSettings, with tokenizer: () throws -> ModelTokenizer
    ) throws -> WritingSample?

    /// Refuses rows that cannot be meant; asked of each data file of labeled texts when it is read.
    ///
    /// - Throws: ``InputError`` naming the line.
    static func check(_ rows: [LabeledText], _ columns: DataColumns, file: String) throws(InputError)

    /// Refuses a loss that a head, as the rows to train on have it, cannot have.
    ///
    /// - Throws: ``InputError`` whose place is the setting.
    static func checkLoss(_ settings: TrainerSettings, on head: any TaskHead) throws(InputError)

    /// Reads and checks all parts of the data without the model, for people.
    ///
    /// - Throws: ``InputError`` naming file and line.
    static func summary(_ settings: TrainerSettings) throws(InputError) -> DataSummary

    /// The task as an adapter's folder has it; nil: the folder says nothing of it, and the rows to train on do.
    ///
    /// - Throws: an error that names the file.
    static func saved(in adapterFolder: String) throws -> (any TrainingTask)?

    /// - Parameters:
    ///   - labels: the different ones of the rows to train on.
    ///   - file: where these rows are, for messages.
    /// - Throws: ``InputError`` where there is nothing to learn.
    init(labels: [String], file: String) throws(InputError)

    /// What answers: it is trained on the model, and saved with the adapter.
    var head: any TaskHead { get }
    static var head: any TaskHead.Type { get }

    /// The same task with its outputs in the order that an earlier version gave them; nil: it was no other.
    var earlier: (any TrainingTask)? { get }

    /// The same task, trained by the loss that the settings ask for on these rows.
    ///
    /// - Throws: ``InputError`` for a loss that these rows cannot have.
    func learning(_ training: TokenizedExamples, _ settings: TrainerSettings) throws(InputError) -> any TrainingTask

    /// What the model has to answer for each text of a file.
    ///
    /// - Throws: ``InputError`` naming the line of a label that means nothing here.
    func targets(of file: TokenizedFile, path: String) throws(InputError) -> Targets

    /// What training is on and adapters are compared by, for the first lines of a log.
    func line(training: TokenizedExamples, validation: TokenizedExamples) -> String

    /// Begins to gather ``metrics``.
    func evaluation() -> any TaskEvaluation
}

extension TrainingTask {
    package static func check(_ rows: [LabeledText], _ columns: DataColumns, file: String) throws(InputError) {}

    package var earlier: (any TrainingTask)? { nil }

    package func learning(_ training: TokenizedExamples, _ settings: TrainerSettings) throws(InputError) -> any TrainingTask {
        self
    }

    package static func checkLoss(_ settings: TrainerSettings, on head: any TaskHead) throws(InputError) {}

    package static var metrics: [MetricGoal] { setting.metrics }

    package static func tokenForm(_ settings: TrainerSettings) -> String? { nil }

    /// Of labeled texts.
    package static func tokenized(
        _ source: DataSource, _ settings: TrainerSettings, with tokenizer: ModelTokenizer
    ) throws -> (file: TokenizedFile, notes: [String]) {
        let data = try DataFile(source, settings.columns, check: check)
        let file = TokenizedFile(data.examples) { tokenizer.encode($0, maxLength: settings.maxLength) }
        if let empty = data.examples.indices.first(where: { file.offsets[$0] == file.offsets[$0 + 1] }) {
            throw InputError(
                file: source.path, line: data.examples[empty].line,
                problem: "the text is empty: this model has no token for it; leave the row out")
        }
        return (file, data.notes)
    }

    /// Of labeled texts.
    package static func labels(_ source: DataSource, _ settings: TrainerSettings) throws(InputError) -> [String] {
        try DataFile(source, settings.columns, check: check).examples.map(\.label)
    }

    package static func writing(
        _ source: DataSource, _ settings: TrainerSettings, with tokenizer: () throws -> ModelTokenizer
    ) throws -> WritingSample? { nil }
}

/// Gathers an evaluation's metrics batch by batch.
package protocol TaskEvaluation {
    /// - Parameter outputs: what the model gave, row-major [texts, outputs].
    mutating func add(_ outputs: [Float], _ targets: Targets)
    /// Those of the task, in its order, each with its standard error where the task can tell it: from the rows' own figures
    /// (``RowMean``), by a formula, or by drawing rows again. NaN where nothing was added.
    var values: [MetricValue] { get }
    /// What was taken for what; nil: the task has no classes, or more than anybody looks at.
    var confusion: ConfusionMatrix? { get }
}

extension TaskEvaluation {
    package var confusion: ConfusionMatrix? { nil }
}

/// The tasks that there are.
package enum TrainingTasks {
    package static let all: [any TrainingTask.Type] = [ClassificationTask.self, CausalLMTask.self]

    /// - Throws: ``InputError`` for a task that is known by its name alone.
    package static func task(_ setting: TrainerSettings.Task) throws(InputError) -> any TrainingTask.Type {
        guard let task = all.first(where: { $0.setting == setting }) else {
            throw InputError(place: "task", problem: "\(setting.rawValue) is not available yet")
        }
        return task
    }

    /// The head of adapters whose adapter_config.json says this of their task; nil: it is none of ours.
    package static func head(_ peftTaskType: String) -> (any TaskHead.Type)? {
        all.lazy.map { $0.head }.first { $0.peftTaskType == peftTaskType }
    }
}
