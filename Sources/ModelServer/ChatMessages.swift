import HTTPAccess
import HTTPTypes
import TrainerSettings

/// A conversation's messages as OpenAI's clients send them.
enum ChatMessages {
    /// With texts for contents: a list of text parts becomes their lines.
    ///
    /// - Throws: a refusal that names what is no text.
    static func plain(_ messages: SettingValue) throws(Refusal) -> SettingValue {
        guard case .array(let list) = messages else { return messages }
        var plain: [SettingValue] = []
        for (number, message) in list.enumerated() {
            guard case .object(var fields) = message, let content = fields["content"] else {
                plain.append(message)
                continue
            }
            fields["content"] = try text(content, "messages[\(number)].content")
            plain.append(.object(fields))
        }
        return .array(plain)
    }

    private static func text(_ content: SettingValue, _ place: String) throws(Refusal) -> SettingValue {
        switch content {
        case .string, .null: return content
        case .array(let parts):
            var texts: [String] = []
            for (number, part) in parts.enumerated() {
                guard case .object(let fields) = part, fields["type"] == .string("text"), let text = fields["text"]?.text else {
                    throw Refusal(
                        .badRequest,
                        "'\(place)[\(number)]' is \("\(part)".prefix(80)); this model reads texts alone: {\"type\": \"text\", \"text\": ...}"
                    )
                }
                texts.append(text)
            }
            return .string(texts.joined(separator: "\n"))
        default:
            throw Refusal(.badRequest, "'\(place)' is \("\(content)".prefix(80)); expected a text, or a list of text parts")
        }
    }
}
