import Tokenizers
import TrainerSettings

/// Makes tokens of rows, and tells which of them are to be predicted.
struct LanguageEncoder {
    private let model: ModelTokenizer
    private let settings: TrainerSettings
    private let end: Int32
    private let chat: ChatEncoder?

    /// - Throws: an error for a tokenizer without an end, or a template that cannot be rendered.
    init(_ model: ModelTokenizer, _ settings: TrainerSettings, for kind: LanguageRow.Kind) throws {
        self.model = model
        self.settings = settings
        chat = kind == .conversation ? try ChatEncoder(model, settings) : nil
        guard let eos = model.tokenizer.special.eos else {
            throw InputError(
                place: settings.model, problem: "its tokenizer names no end of a text (eos_token in tokenizer_config.json)")
        }
        end = eos.id
    }

    struct Encoded: Sendable, Hashable {
        var tokens: [Int32]
        /// Places of those that are to be predicted; the first token never is.
        var labels: [Range<Int>]
        /// Whether tokens were left out at the end.
        var isCut = false
    }

    /// The row's tokens, at most ``TrainerSettings/maxLength`` of them: what is longer loses its end.
    ///
    /// - Throws: ``InputError`` naming the line of a conversation that the template refuses.
    func encode(_ row: LanguageRow, file: String) throws(InputError) -> Encoded {
        var encoded =
            switch row.content {
            case .text(let text): all(ended(model.tokenizer.encode(text, special: true)))
            case .completion(let prompt, let completion): self.completion(prompt, completion)
            case .conversation(let turns): try conversation(turns, at: .init(file: file, line: row.line))
            }
        encoded.isCut = encoded.tokens.count > settings.maxLength
        if encoded.isCut { encoded.tokens.removeLast(encoded.tokens.count - settings.maxLength) }
        let places = 1..<max(1, encoded.tokens.count)
        encoded.labels = encoded.labels.map { $0.clamped(to: places) }.filter { !$0.isEmpty }
        return encoded
    }

    private func ended(_ tokens: [Int32]) -> [Int32] { tokens.last == end ? tokens : tokens + [end] }

    private func all(_ tokens: [Int32]) -> Encoded { Encoded(tokens: tokens, labels: [0..<tokens.count]) }

    /// The completion begins where the prompt's own tokens are left: one token may be of both.
    private func completion(_ prompt: String, _ completion: String) -> Encoded {
        let whole = ended(model.tokenizer.encode(prompt + completion, special: true))
        guard settings.completionOnlyLoss else { return all(whole) }
        let start = zip(model.tokenizer.encode(prompt, special: true), whole).prefix { $0 == $1 }.count
        return Encoded(tokens: whole, labels: [start..<whole.count])
    }

    private func conversation(_ row: ConversationRow, at place: ChatEncoder.Place) throws(InputError) -> Encoded {
        let tokens = try turns.encode(row, at: place)
        guard settings.assistantOnlyLoss else { return all(tokens.ids) }
        var labels: [Range<Int>] = []
        for place in tokens.ids.indices where tokens.isAssistant[place] {
            if let last = labels.last, last.upperBound == place {
                labels[labels.count - 1] = last.lowerBound..<place + 1
            } else {
                labels.append(place..<place + 1)
            }
        }
        return Encoded(tokens: tokens.ids, labels: labels)
    }

    /// That of conversations, which alone have one.
    private var turns: ChatEncoder {
        guard let chat else { preconditionFailure("a conversation among rows of another kind") }
        return chat
    }
}

extension LanguageEncoder {
    /// What the row asks, in tokens, and the answer that it gives; nil for a row that asks nothing.
    ///
    /// - Throws: ``InputError`` naming the line of a conversation that the template refuses.
    func question(_ row: LanguageRow, file: String) throws(InputError) -> (prompt: [Int32], answer: String)? {
        switch row.content {
        case .text: return nil
        case .completion(let prompt, let completion):
            return (model.tokenizer.encode(prompt, special: true), completion)
        case .conversation(let conversation):
            guard let messages = conversation.messages, let last = messages.last, last.role == "assistant", messages.count > 1
            else { return nil }
            let place = ChatEncoder.Place(file: file, line: row.line)
            return (try turns.prompt(messages.dropLast(), at: place), last.content)
        }
    }

    /// The row as one text, for people who look at its length.
    func text(_ row: LanguageRow, file: String) throws(InputError) -> String {
        switch row.content {
        case .text(let text): text
        case .completion(let prompt, let completion): prompt + completion
        case .conversation(let conversation): try turns.text(conversation, at: .init(file: file, line: row.line))
        }
    }
}
