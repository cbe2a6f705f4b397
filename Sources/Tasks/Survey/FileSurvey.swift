package import TrainerSettings

/// What one data file holds, and what is wrong with it.
package struct FileSurvey: Sendable {
    package let path: String
    /// Rows of the file, and those of them that were looked at.
    package let rows: Int
    package let looked: Int
    package let columns: [String]
    package let task: TrainerSettings.Task
    /// How a trainer is told to read it; of columns that are called otherwise.
    package let reading: DataColumns
    /// What its rows are: "text and label", "messages".
    package let kind: String
    /// In the order of their classes' numbers, with their rows.
    package let labels: [(name: String, rows: Int)]
    /// In characters, of every text.
    package let characters: LengthSpread
    /// In the model's tokens, of some texts; nil: no model was given.
    package let tokens: LengthSpread?
    /// The template by which conversations were counted, where the model has none of its own.
    package let chatTemplate: String?
    package private(set) var findings: [SurveyFinding] = []
    let items: [SurveyItem]

    /// - Parameter question: what is known, and what is looked for.
    /// - Throws: ``InputError`` for a file that cannot be read at all.
    package init(_ path: String, _ question: SurveyQuestion) throws {
        let raw = try RawRows(path, question.columns)
        try Self.requireColumns(of: raw, question)
        let guess = ColumnGuess(raw, task: question.task, text: question.text, label: question.label)
        var reading = question.columns
        if let text = guess.text { reading.text = text }
        if let label = guess.label { reading.label = label }
        if let separator = raw.separator { reading.separator = separator }
        (self.path, self.reading, columns, task) = (path, reading, raw.columns, guess.task)
        (rows, looked) = (raw.count, raw.rows.count)
        findings += Self.reading(raw)
        let rows = SurveyRows(raw, guess, reading)
        (items, kind) = (rows.items, rows.kind)
        findings += rows.findings + Self.refusal(of: path, guess.task, reading, rows)
        characters = LengthSpread(rows.items.map(\.length))
        let names = ClassNumbers.names(of: rows.items.compactMap(\.label))
        var counts: [String: Int] = [:]
        for label in rows.items.compactMap(\.label) { counts[ClassNumbers.wholeNumber(label) ?? label, default: 0] += 1 }
        labels = names.map { ($0, counts[ClassNumbers.wholeNumber($0) ?? $0] ?? 0) }
        let counted = try question.model.map { try TokenCounts(rows, model: $0, file: path) }
        (tokens, chatTemplate) = (counted?.lengths, counted?.chatTemplate)
        findings += Self.repeats(rows.items, in: path)
        if guess.task == .sequenceClassification { findings += labelFindings(rows, question) }
        if let counted, let finding = counted.tooLong { findings.append(finding) }
    }

    /// - Throws: ``InputError`` for a name that was given and that no row has.
    private static func requireColumns(of raw: RawRows, _ question: SurveyQuestion) throws(InputError) {
        let given = [("--text-column", question.text), ("--label-column", question.label)]
        for (option, name) in given where !raw.columns.isEmpty {
            guard let name, !raw.columns.contains(name) else { continue }
            let known = raw.columns.prefix(12).joined(separator: ", ") + (raw.columns.count > 12 ? ", ..." : "")
            throw InputError(
                place: raw.path,
                problem: "\(option): no column '\(name)' (\(known))" + nearestHint(to: name, among: raw.columns))
        }
    }

    private static func reading(_ raw: RawRows) -> [SurveyFinding] {
        var findings = raw.notes.map { SurveyFinding(.reading, 1, $0, do: "see docs/data.md on quotes") }
        if let first = raw.broken.first {
            findings.append(
                SurveyFinding(
                    .brokenRows, raw.broken.count,
                    "\(words(raw.broken.count, "line")) cannot be read: \(first.problem)",
                    at: raw.broken.map { "\(raw.path):\($0.line)" }, do: "mend or remove them: the trainer refuses the file"))
        }
        if raw.count > RawRows.most {
            findings.append(
                SurveyFinding(
                    .reading, raw.count - RawRows.most, "the first \(RawRows.most) of \(raw.count) rows were looked at",
                    do: "the trainer reads them all"))
        }
        return findings
    }

    /// What the trainer says of the file, where nothing else has told it.
    private static func refusal(
        of path: String, _ task: TrainerSettings.Task, _ reading: DataColumns, _ rows: SurveyRows
    ) -> [SurveyFinding] {
        guard rows.findings.isEmpty else { return [] }
        do throws(InputError) {
            switch task {
            case .sequenceClassification:
                _ = try DataFile<LabeledText>(DataSource(path: path), reading, check: ClassificationTask.check)
            case .causalLanguageModel: _ = try DataFile<LanguageRow>(DataSource(path: path), reading) { (_, _, _) in }
            }
            return []
        } catch {
            return [SurveyFinding(.refused, 1, error.problem, at: [error.place], do: "the trainer refuses the file as it is")]
        }
    }

    static func words(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    static func percent(_ share: Double) -> String {
        share > 0 && share < 0.01 ? "under 1 %" : "\(Int((100 * share).rounded())) %"
    }
}
