import FoundationEssentials
import TrainerSettings

/// The messages of one chat, as a template gets them.
package struct Conversation: Sendable {
    let messages: [TemplateValue]
    let tools: TemplateValue

    package init(_ messages: [(role: String, content: String)]) {
        self.messages = messages.map {
            .dictionary(TemplateDictionary([("role", .string($0.role)), ("content", .string($0.content))]))
        }
        tools = .none
    }

    /// - Parameters:
    ///   - json: a list of messages, or an object with `messages` and perhaps `tools`. Keys keep their order, which a template may print.
    ///   - place: where it is from, for messages.
    /// - Throws: ``TokenizerError`` for what is no such list.
    package init(json: some Sequence<UInt8>, place: String) throws(TokenizerError) {
        let bytes = Array(json)
        do throws(JSONInputError) {
            try JSONInput.check(Data(bytes), of: place)
        } catch {
            throw TokenizerError(place: error.place, problem: error.problem)
        }
        var cursor = JSONCursor(bytes, at: 0)
        var (list, tools) = (TemplateValue(&cursor), TemplateValue.none)
        if case .dictionary(let row) = list {
            list = row["messages"] ?? .none
            tools = row["tools"] ?? .none
        }
        guard case .list(let messages) = list, !messages.items.isEmpty else {
            throw TokenizerError(place: place, problem: "'messages' is no list of messages")
        }
        self.tools = tools
        self.messages = try messages.items.enumerated().map { index, message throws(TokenizerError) in
            guard case .dictionary(let fields) = message, case .string? = fields["role"] else {
                throw TokenizerError(place: place, problem: "message \(index + 1) is no object with a text 'role'")
            }
            return .dictionary(Self.prepared(fields))
        }
    }

    /// As transformers hands messages to a template: without what is null, and with reasoning under each of the names that it has.
    private static func prepared(_ fields: TemplateDictionary) -> TemplateDictionary {
        let kept = fields.entries.filter { if case .none = $0.value { false } else { true } }
        var message = TemplateDictionary()
        let reasoning = ["reasoning_content", "thinking", "reasoning"].lazy.compactMap { fields[$0] }
            .first { if case .none = $0 { false } else { true } }
        if let reasoning { message[.string("thinking")] = reasoning }
        for (key, value) in kept { message[key] = value }
        if let reasoning { message[.string("reasoning_content")] = reasoning }
        return message
    }

    /// Who says what, in order: "system", "user", "assistant", ...
    package var roles: [String] {
        messages.map { message in
            guard case .dictionary(let fields) = message, case .string(let role)? = fields["role"] else { return "" }
            return role
        }
    }
}

extension TemplateValue {
    /// The JSON value here, which is valid and not nested deep.
    init(_ cursor: inout JSONCursor) {
        var text: [UInt8] = []
        if cursor.string(into: &text) {
            self = .string(String(decoding: text, as: UTF8.self))
        } else if cursor.open("[") {
            var items: [TemplateValue] = []
            while !cursor.closes() { items.append(TemplateValue(&cursor)) }
            self = .list(TemplateList(items))
        } else if cursor.open("{") {
            var dictionary = TemplateDictionary()
            while !cursor.closes() {
                cursor.name(into: &text)
                let name = String(decoding: text, as: UTF8.self)
                dictionary[.string(name)] = TemplateValue(&cursor)
            }
            self = .dictionary(dictionary)
        } else {
            self = Self.plain(String(decoding: cursor.bytes[cursor.value()], as: UTF8.self))
        }
    }

    private static func plain(_ word: String) -> TemplateValue {
        switch word {
        case "null": .none
        case "true": .bool(true)
        case "false": .bool(false)
        default: Int(word).map { .int($0) } ?? .double(Double(word) ?? .nan)
        }
    }
}
