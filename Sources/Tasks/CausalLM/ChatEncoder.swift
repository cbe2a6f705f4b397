import Tokenizers
import TrainerSettings

/// Makes tokens of conversations, by the model's chat template or another one.
struct ChatEncoder {
    private let tokenizer: any Tokenizer
    private let template: ChatTemplate

    /// - Throws: an error that names the template and what in it is not known.
    init(_ model: ModelTokenizer, _ settings: TrainerSettings) throws {
        tokenizer = model.tokenizer
        template = try model.chatTemplate(named: settings.chatTemplate)
        guard settings.assistantOnlyLoss, !template.marksAssistant else { return }
        throw InputError(
            place: settings.model,
            problem: "its chat template does not tell which text is the assistant's; name one that does (chat_template: "
                + ChatTemplate.names.joined(separator: " | ") + "), or set assistant_only_loss: false")
    }

    /// A row of a file, for messages.
    struct Place {
        let file: String
        let line: Int
    }

    /// - Throws: ``InputError`` naming the line of a conversation that the template refuses.
    func encode(_ row: ConversationRow, at place: Place) throws(InputError) -> LabeledTokens {
        tokenizer.encode(try rendered(row, at: place))
    }

    /// The conversation before its last message, ready for an answer.
    ///
    /// - Throws: ``InputError`` naming the line of a conversation that the template refuses.
    func prompt(_ messages: some Sequence<ConversationRow.Message>, at place: Place) throws(InputError) -> [Int32] {
        let asked = ConversationRow(messages: Array(messages), json: nil)
        return tokenizer.encode(try rendered(asked, at: place, generationPrompt: true)).ids
    }

    /// The conversation as one text, for people who look at its length.
    func text(_ row: ConversationRow, at place: Place) throws(InputError) -> String { try rendered(row, at: place).text }

    private func rendered(
        _ row: ConversationRow, at place: Place, generationPrompt: Bool = false
    ) throws(InputError) -> RenderedChat {
        do throws(TokenizerError) {
            let messages = row.messages.map { $0.map { (role: $0.role, content: $0.content) } } ?? []
            let conversation =
                try row.json.map { (json) throws(TokenizerError) in
                    try Conversation(json: json, place: "\(place.file):\(place.line)")
                } ?? Conversation(messages)
            return try template.render(conversation, generationPrompt: generationPrompt)
        } catch {
            throw InputError(
                file: place.file, line: place.line, problem: error.place.hasPrefix(place.file) ? error.problem : "\(error)")
        }
    }
}
