import TrainerSettings

/// One row of a data file for a language model.
struct LanguageRow: Sendable, Hashable {
    let content: Content
    /// Where it begins in its file, from 1.
    let line: Int

    enum Content: Sendable, Hashable {
        case text(String)
        case completion(prompt: String, completion: String)
        case conversation(ConversationRow)
    }

    /// What rows can be.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        case text
        case completion = "prompt and completion"
        case conversation = "messages"
    }

    var kind: Kind {
        switch content {
        case .text: .text
        case .completion: .completion
        case .conversation: .conversation
        }
    }

    /// Rows of which one answers what is asked in another are of one part: what is asked decides.
    var textHash: UInt64 {
        switch content {
        case .text(let text): LabeledText.hash(of: text)
        case .completion(let prompt, _): LabeledText.hash(of: prompt)
        case .conversation(let row): LabeledText.hash(of: row.asked)
        }
    }
}

/// A conversation as a file has it.
struct ConversationRow: Sendable, Hashable {
    struct Message: Sendable, Hashable {
        let role: String
        let content: String
    }

    /// nil where a message has more than a role and a text, as calls of tools have.
    let messages: [Message]?
    /// The row's JSON, which templates see in the order of its keys; nil: it is made of ``messages``.
    let json: [UInt8]?

    /// All that stands before the last message; JSON's text where messages are more than texts.
    var asked: String {
        guard let messages else { return String(decoding: json ?? [], as: UTF8.self) }
        return messages.dropLast().map(\.content).joined(separator: "\n")
    }
}

extension LanguageRow: DataRow {
    static func columnNames(_ columns: DataColumns) -> [[String]] {
        columns.text == DataColumns().text
            ? [["prompt", "completion"], ["instruction", "output"], [columns.text]] : [[columns.text]]
    }

    static func commonColumn(in header: [String], _ columns: DataColumns) -> String? {
        ["completion", "output"].first(where: header.contains)
    }

    static func form(_ columns: DataColumns) -> String { "\(columns.text), or prompt and completion, or messages" }

    static func rows(jsonLines bytes: [UInt8], file: String, _ columns: DataColumns) throws(InputError) -> [LanguageRow] {
        let form = "{\"prompt\": ..., \"completion\": ...}, {\"messages\": [...]} or {\"\(columns.text)\": ...}"
        return try oneKind(
            JSONLines.rows(in: bytes, file: file, form: form, JSONDecoding()) {
                (fields: [String: SettingValue], line, json) throws(InputError) in
                do throws(RowProblem) {
                    return LanguageRow(content: try JSONRow(fields, Array(json), columns).content, line: line)
                } catch {
                    throw InputError(file: file, line: line, problem: "\(error.problem); expected \(form) on each line")
                }
            }, file: file)
    }

    static func rows(
        of records: [DelimitedText.Record], in table: DelimitedText, _ columns: DataColumns
    ) throws(InputError) -> [LanguageRow] {
        guard let header = records.first else { return [] }
        guard let names = columnNames(columns).first(where: Set(header.fields).isSuperset) else {
            let found = header.fields.prefix(12).joined(separator: ", ") + (header.fields.count > 12 ? ", ..." : "")
            throw InputError(
                file: table.file, line: header.line,
                problem:
                    "found the columns \(found); expected \(columns.text), or prompt and completion; conversations are for .jsonl"
            )
        }
        func place(_ name: String) -> Int { header.fields.firstIndex(of: name) ?? 0 }
        let places = names.map(place)
        let input = names[0] == "instruction" ? header.fields.firstIndex(of: "input") : nil
        return try table.rows(below: header, records).map { record in
            let values = places.map { record.fields[$0] }
            let content: Content =
                switch names.count {
                case 1: .text(values[0])
                case _ where names[0] == "prompt": .completion(prompt: values[0], completion: values[1])
                default: .conversation(.alpaca(values[0], input: input.map { record.fields[$0] }, output: values[1]))
                }
            return LanguageRow(content: content, line: record.line)
        }
    }

    /// - Throws: ``InputError`` naming the first row that is of another kind than the first of all.
    private static func oneKind(_ rows: [LanguageRow], file: String) throws(InputError) -> [LanguageRow] {
        guard let first = rows.first, let other = rows.first(where: { $0.kind != first.kind }) else { return rows }
        throw InputError(
            file: file, line: other.line,
            problem:
                "the row has \(other.kind.rawValue), line \(first.line) has \(first.kind.rawValue); expected one kind of rows in a file"
        )
    }
}

extension ConversationRow {
    /// What is told to do with what, and what is answered.
    static func alpaca(_ instruction: String, input: String?, output: String, system: String? = nil) -> ConversationRow {
        let asked = instruction + (input.map { $0.isEmpty ? "" : "\n" + $0 } ?? "")
        let start = system.flatMap { $0.isEmpty ? nil : [Message(role: "system", content: $0)] } ?? []
        let turns = [Message(role: "user", content: asked), Message(role: "assistant", content: output)]
        return ConversationRow(messages: start + turns, json: nil)
    }
}

/// What is wrong with a row, without its place.
struct RowProblem: Error {
    let problem: String

    init(_ problem: String) { self.problem = problem }
}
