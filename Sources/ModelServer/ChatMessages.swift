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
            // Who has no role is told so by the template's reader.
            guard case .object(var fields) = message, fields["role"]?.text != nil else {
                plain.append(message)
                continue
            }
            let place = "messages[\(number)]"
            try refuseOthers(fields, place)
            guard let content = fields["content"], content != .null else {
                throw Refusal(.badRequest, "'\(place).content' is missing: a text, or a list of text parts")
            }
            fields["content"] = try text(content, place + ".content")
            plain.append(.object(fields))
        }
        return .array(plain)
    }

    /// What templates print of a message.
    private static let known: Set = ["role", "content", "reasoning_content", "thinking", "reasoning"]

    /// Clients send back what they got, with empty lists and nulls for what it has not.
    private static func refuseOthers(_ fields: [String: SettingValue], _ place: String) throws(Refusal) {
        let others = fields.filter { !known.contains($0.key) && $0.value != .null && $0.value != .array([]) }
        guard let name = others.keys.min() else { return }
        throw Refusal(.badRequest, "'\(place).\(name.prefix(64))' is not available here; leave it out")
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
