package import TrainerSettings

/// What some data files hold, each by itself and beside the others.
package struct DataSurvey: Sendable {
    package let files: [FileSurvey]
    /// What is wrong between them.
    package private(set) var findings: [SurveyFinding] = []

    /// - Throws: an error naming the file that cannot be read at all, or what is wrong with the model.
    package init(_ paths: [String], _ question: SurveyQuestion) throws {
        var files: [FileSurvey] = []
        var question = question
        for path in paths {
            let file = try FileSurvey(path, question)
            files.append(file)
            // The others are of the same task.
            (question.task, question.isFirst) = (file.task, false)
        }
        self.files = files
        for (number, file) in files.enumerated() {
            for earlier in files.prefix(number) { findings += Self.shared(file, earlier) }
        }
        if let first = files.first { for file in files.dropFirst() { findings += Self.unknown(file, beside: first) } }
    }

    package var allFindings: [SurveyFinding] { files.flatMap(\.findings) + findings }

    private static func shared(_ file: FileSurvey, _ other: FileSurvey) -> [SurveyFinding] {
        let known = Dictionary(other.items.map { ($0.hash, $0) }) { first, _ in first }
        var (places, conflicts): ([String], [String]) = ([], [])
        for item in file.items {
            guard let earlier = known[item.hash] else { continue }
            let place = "\(file.path):\(item.line) and \(other.path):\(earlier.line)"
            places.append(place)
            if item.label != earlier.label { conflicts.append(place) }
        }
        guard !places.isEmpty else { return [] }
        let what = file.task == .causalLanguageModel && file.kind != LanguageRow.Kind.text.rawValue ? "prompt" : "text"
        var findings = [
            SurveyFinding(
                .sharedTexts, places.count,
                "\(places.count) of \(FileSurvey.words(file.items.count, what)) of \(file.path) \(places.count == 1 ? "is" : "are") in \(other.path) too",
                at: places,
                do: "remove them from one of the two: what is measured there is partly what was learned by heart")
        ]
        if !conflicts.isEmpty {
            findings.append(
                SurveyFinding(
                    .conflictingLabels, conflicts.count,
                    "\(FileSurvey.words(conflicts.count, "text")) labeled one way in \(other.path) and another way in \(file.path)",
                    at: conflicts, do: "keep the right one of each: no model can be right on both"))
        }
        return findings
    }

    /// Labels that a trainer would refuse, as the rows to train on never show them, and those that are not measured.
    private static func unknown(_ file: FileSurvey, beside first: FileSurvey) -> [SurveyFinding] {
        func plain(_ label: String) -> String { ClassNumbers.wholeNumber(label) ?? label }
        let known = Set(first.labels.map { plain($0.name) })
        let own = Set(file.labels.map { plain($0.name) })
        guard !known.isEmpty, !own.isEmpty else { return [] }
        func list(_ names: Set<String>) -> String {
            ClassNumbers.byName(names).prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
        }
        var findings: [SurveyFinding] = []
        let foreign = own.subtracting(known)
        if !foreign.isEmpty {
            let rows = file.items.filter { $0.label.map { foreign.contains(plain($0)) } ?? false }
            findings.append(
                SurveyFinding(
                    .unknownLabels, foreign.count,
                    "\(FileSurvey.words(foreign.count, "label")) of \(file.path) that \(first.path) lacks: \(list(foreign))",
                    at: rows.map { "\(file.path):\($0.line)" },
                    do:
                        "add rows of them to \(first.path), or remove them: the trainer refuses labels that training never shows"
                ))
        }
        let missing = known.subtracting(own)
        if !missing.isEmpty {
            findings.append(
                SurveyFinding(
                    .rareLabels, missing.count, "no row of \(file.path) is labeled \(list(missing))",
                    do: "nothing is measured of them there"))
        }
        return findings
    }
}

extension DataSurvey {
    /// For people, a block for each file.
    package var text: String {
        var blocks = files.map(\.text)
        if !findings.isEmpty {
            blocks.append("between the files\n" + findings.map { "  - " + $0.line }.joined(separator: "\n"))
        }
        if allFindings.isEmpty { blocks.append("nothing was found that is wrong with \(files.count == 1 ? "it" : "them")") }
        return blocks.joined(separator: "\n\n")
    }

    package var value: SettingValue {
        .object(["files": .array(files.map(\.value)), "findings": .array(findings.map(\.value))])
    }
}

extension FileSurvey {
    /// Its figures, a line each, and what was found.
    var text: String {
        let names = columns.prefix(20).joined(separator: ", ") + (columns.count > 20 ? ", ..." : "")
        var lines = ["\(path): \(Self.words(rows, "row")) of \(kind)", Self.line("columns", names)]
        if task == .sequenceClassification, !items.isEmpty {
            lines.append(Self.line("read as", "text from '\(reading.text)', label from '\(reading.label)'"))
        }
        if let separator = reading.separator { lines.append(Self.line("separator", DataColumns.name(of: separator))) }
        if !labels.isEmpty { lines.append(Self.line("labels", labelText)) }
        if characters.count > 0 { lines.append(Self.line("characters", characters.text)) }
        if let tokens, tokens.count > 0 {
            let looked = tokens.count < items.count ? " (of \(tokens.count) rows)" : ""
            lines.append(Self.line("tokens", tokens.text + looked))
        }
        return (lines + findings.map { "  - " + $0.line }).joined(separator: "\n")
    }

    private static func line(_ name: String, _ text: String) -> String {
        "  " + name + String(repeating: " ", count: max(1, 12 - name.count)) + text
    }

    private var labelText: String {
        let total = Double(max(1, labels.reduce(0) { $0 + $1.rows }))
        func share(_ label: (name: String, rows: Int)) -> String {
            "\(label.name) \(label.rows) (\(Self.percent(Double(label.rows) / total)))"
        }
        guard labels.count > 12 else { return labels.map(share).joined(separator: ", ") }
        let ranked = labels.sorted { $0.rows > $1.rows }
        return "\(labels.count), from \(share(ranked[0])) to \(share(ranked[ranked.count - 1]))"
    }

    var value: SettingValue {
        let isLabeled = task == .sequenceClassification && !items.isEmpty
        return .object([
            "file": .string(path), "rows": .int(rows), "looked_at": .int(looked), "task": .string(task.rawValue),
            "kind": .string(kind), "columns": .array(columns.map(SettingValue.string)),
            "text_column": isLabeled ? .string(reading.text) : .null,
            "label_column": isLabeled ? .string(reading.label) : .null,
            "labels": .object(Dictionary(labels.map { ($0.name, .int($0.rows)) }) { first, _ in first }),
            "characters": characters.value, "tokens": tokens?.value ?? .null,
            "findings": .array(findings.map(\.value)),
        ])
    }
}
