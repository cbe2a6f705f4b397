import TrainerSettings

/// A file's rows as a task would have them, those left out that it could not take.
struct SurveyRows: Sendable {
    private(set) var items: [SurveyItem] = []
    /// Some of the texts, from all over the file.
    private(set) var labeled: [LabeledText] = []
    private(set) var language: [LanguageRow] = []
    /// "text and label"
    let kind: String
    private(set) var findings: [SurveyFinding] = []

    init(_ raw: RawRows, _ guess: ColumnGuess, _ reading: DataColumns) {
        switch guess.task {
        case .sequenceClassification:
            kind = "text and label"
            readLabeled(raw, guess, reading)
        case .causalLanguageModel:
            let rows = raw.rows.first?.json.isEmpty == false ? Self.objects(raw, reading) : Self.table(raw, reading)
            kind = rows.rows.first?.kind.rawValue ?? "no known kind"
            language = rows.rows
            findings = rows.findings
            for row in rows.rows { items.append(SurveyItem(row)) }
            noteEmpty(rows.rows.filter(\.isEmpty).map(\.line), of: raw.path, "what is to be learned")
        }
    }

    // MARK: - Labeled texts

    private mutating func readLabeled(_ raw: RawRows, _ guess: ColumnGuess, _ reading: DataColumns) {
        let found = raw.columns.prefix(12).joined(separator: ", ")
        for (column, option) in [(guess.text, "--text-column"), (guess.label, "--label-column")] where column == nil {
            let what = option == "--text-column" ? "texts" : "labels"
            findings.append(
                SurveyFinding(
                    .refused, 1, "no column looks like \(what) (\(found))", at: [raw.path], do: "name it: \(option) NAME"))
        }
        guard let text = guess.text, let label = guess.label else { return }
        var (without, empty, unlabeled): ([Int], [Int], [Int]) = ([], [], [])
        for row in raw.rows {
            guard case .string(let words)? = row.fields[text] else {
                without.append(row.line)
                continue
            }
            if !words.contains(where: { !$0.isWhitespace }) { empty.append(row.line) }
            guard let name = Self.label(row.fields[label]) else {
                unlabeled.append(row.line)
                continue
            }
            let example = LabeledText(text: words, label: name, line: row.line)
            labeled.append(example)
            items.append(
                SurveyItem(line: row.line, hash: example.textHash, label: name, answer: 0, length: words.count))
        }
        func note(_ lines: [Int], _ kind: SurveyFinding.Kind, _ problem: String) {
            guard !lines.isEmpty else { return }
            findings.append(
                SurveyFinding(
                    kind, lines.count, "\(FileSurvey.words(lines.count, "row")) \(problem)",
                    at: lines.map { "\(raw.path):\($0)" },
                    do: "give them one or remove them: the trainer refuses the file"))
        }
        note(without, .brokenRows, "without a text in '\(text)'")
        note(unlabeled, .missingLabels, "without a label in '\(label)'")
        noteEmpty(empty, of: raw.path, "their text")
    }

    /// As the trainer reads one; nil for what is none.
    private static func label(_ value: SettingValue?) -> String? {
        switch value {
        case .string(let text)?: text.contains { !$0.isWhitespace } ? text : nil
        case .int?, .bool?, .double?: value.map { "\($0)" }
        default: nil
        }
    }

    private mutating func noteEmpty(_ lines: [Int], of path: String, _ what: String) {
        guard !lines.isEmpty else { return }
        findings.append(
            SurveyFinding(
                .emptyTexts, lines.count, "\(FileSurvey.words(lines.count, "row")) of which \(what) is empty",
                at: lines.map { "\(path):\($0)" }, do: "remove them: nothing can be learned from them"))
    }

    // MARK: - Rows for language models

    private static func objects(_ raw: RawRows, _ reading: DataColumns) -> (rows: [LanguageRow], findings: [SurveyFinding]) {
        var rows: [LanguageRow] = []
        var broken: [RawRows.Broken] = []
        for row in raw.rows {
            do throws(RowProblem) {
                rows.append(LanguageRow(content: try JSONRow(row.fields, row.json, reading).content, line: row.line))
            } catch { broken.append(.init(line: row.line, problem: error.problem)) }
        }
        if let first = rows.first {
            for row in rows where row.kind != first.kind {
                broken.append(
                    .init(line: row.line, problem: "it has \(row.kind.rawValue), the first row \(first.kind.rawValue)"))
            }
            rows.removeAll { $0.kind != first.kind }
        }
        guard let first = broken.first else { return (rows, []) }
        return (
            rows,
            [
                SurveyFinding(
                    .brokenRows, broken.count,
                    "\(FileSurvey.words(broken.count, "row")) that cannot be learned: \(first.problem)",
                    at: broken.map { "\(raw.path):\($0.line)" }, do: "mend or remove them: the trainer refuses the file")
            ]
        )
    }

    /// As the trainer reads a table; what it refuses is told by that.
    private static func table(_ raw: RawRows, _ reading: DataColumns) -> (rows: [LanguageRow], findings: [SurveyFinding]) {
        do throws(InputError) {
            return (try DataFile<LanguageRow>(DataSource(path: raw.path), reading) { (_, _, _) in }.examples, [])
        } catch {
            return (
                [], [SurveyFinding(.refused, 1, error.problem, at: [error.place], do: "the trainer refuses the file as it is")]
            )
        }
    }
}

extension SurveyItem {
    fileprivate init(_ row: LanguageRow) {
        self.init(line: row.line, hash: row.textHash, label: nil, answer: LabeledText.hash(of: row.answer), length: row.length)
    }
}

extension LanguageRow {
    /// What answers what it asks; of a text nothing.
    fileprivate var answer: String {
        switch content {
        case .text: ""
        case .completion(_, let completion): completion
        case .conversation(let row): row.messages?.last?.content ?? ""
        }
    }

    /// Whether there is nothing to learn in it.
    fileprivate var isEmpty: Bool {
        let learned: String =
            switch content {
            case .text(let text): text
            case .completion(_, let completion): completion
            case .conversation(let row): row.messages?.filter { $0.role == "assistant" }.map(\.content).joined() ?? "-"
            }
        return !learned.contains { !$0.isWhitespace }
    }

    fileprivate var length: Int {
        switch content {
        case .text(let text): text.count
        case .completion(let prompt, let completion): prompt.count + completion.count
        case .conversation(let row): row.messages?.reduce(0) { $0 + $1.content.count } ?? row.json?.count ?? 0
        }
    }
}
