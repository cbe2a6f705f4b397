import TrainerSettings

/// A JSON object as a row for a language model, in one of the spellings that are in use.
struct JSONRow {
    let content: LanguageRow.Content

    /// - Parameter json: the object as it is written.
    init(_ fields: [String: SettingValue], _ json: [UInt8], _ columns: DataColumns) throws(RowProblem) {
        func text(_ name: String) throws(RowProblem) -> String {
            switch fields[name] {
            case .string(let text)?: return text
            case .null?: throw RowProblem("'\(name)' is null")
            case .array?: throw RowProblem("'\(name)' is a list; a conversation is written as messages")
            case nil: throw RowProblem("lacks '\(name)'")
            default: throw RowProblem("'\(name)' is no string")
            }
        }
        func optionalText(_ name: String) throws(RowProblem) -> String? {
            switch fields[name] {
            case nil, .null?: return nil
            default: return try text(name)
            }
        }
        let isTextMeant = columns.text != DataColumns().text
        if isTextMeant {
            content = .text(try text(columns.text))
        } else if let messages = fields["messages"] {
            content = .conversation(try Self.conversation(messages, json))
        } else if let turns = fields["conversations"] {
            content = .conversation(try Self.shareGPT(turns))
        } else if fields["prompt"] != nil || fields["completion"] != nil {
            content = .completion(prompt: try text("prompt"), completion: try text("completion"))
        } else if fields["instruction"] != nil {
            content = .conversation(
                .alpaca(
                    try text("instruction"), input: try optionalText("input"), output: try text("output"),
                    system: try optionalText("system")))
        } else if fields[columns.text] != nil {
            content = .text(try text(columns.text))
        } else {
            let names = fields.keys.sorted()
            let found = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", ..." : "")
            throw RowProblem("found \(found.isEmpty ? "nothing" : found)")
        }
    }

    private static func list(_ value: SettingValue, _ name: String) throws(RowProblem) -> [[String: SettingValue]] {
        guard case .array(let items) = value, !items.isEmpty else { throw RowProblem("'\(name)' is no list of messages") }
        var messages: [[String: SettingValue]] = []
        for (number, item) in items.enumerated() {
            guard case .object(let message) = item else { throw RowProblem("message \(number + 1) of '\(name)' is no object") }
            messages.append(message)
        }
        return messages
    }

    private static func conversation(_ value: SettingValue, _ json: [UInt8]) throws(RowProblem) -> ConversationRow {
        var plain: [ConversationRow.Message]? = []
        for (number, message) in try list(value, "messages").enumerated() {
            guard let role = message["role"]?.text else { throw RowProblem("message \(number + 1) lacks 'role'") }
            guard message["content"] != nil || message["tool_calls"] != nil else {
                throw RowProblem("message \(number + 1) lacks 'content'")
            }
            if let content = message["content"]?.text, message.count == 2 {
                plain?.append(.init(role: role, content: content))
            } else {
                plain = nil
            }
        }
        return ConversationRow(messages: plain, json: json)
    }

    private static let roles = [
        "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system",
    ]

    /// Turns of `from` and `value`, or of `role` and `content`.
    private static func shareGPT(_ value: SettingValue) throws(RowProblem) -> ConversationRow {
        var messages: [ConversationRow.Message] = []
        for (number, turn) in try list(value, "conversations").enumerated() {
            guard let from = (turn["from"] ?? turn["role"])?.text, let content = (turn["value"] ?? turn["content"])?.text else {
                throw RowProblem("turn \(number + 1) of 'conversations' lacks 'from' or 'value'")
            }
            guard let role = roles[from] else {
                throw RowProblem(
                    "turn \(number + 1) is from '\(from)', expected one of \(roles.keys.sorted().joined(separator: ", "))")
            }
            messages.append(.init(role: role, content: content))
        }
        return ConversationRow(messages: messages, json: nil)
    }
}
