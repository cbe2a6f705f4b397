package import Tokenizers

/// A conversation with a model, turn by turn.
package struct Chat {
    private let model: WritingModel
    private let template: ChatTemplate
    private var messages: [(role: String, content: String)] = []
    package var options: WritingOptions

    /// - Parameter system: what the model is told first; nil: what its template says by itself.
    package init(_ model: WritingModel, _ template: ChatTemplate, system: String?, _ options: WritingOptions) {
        (self.model, self.template, self.options) = (model, template, options)
        if let system { messages.append(("system", system)) }
    }

    /// What the model answers; the conversation goes on from there.
    ///
    /// - Throws: `TokenizerError` for a conversation that the template refuses, `BatchError` for one that has become too long.
    package mutating func answer(
        to text: String, show: (String) -> Void = { _ in }, isInterrupted: () -> Bool = { false }
    ) throws -> WrittenText {
        messages.append(("user", text))
        do {
            let chat = try template.render(Conversation(messages), generationPrompt: true)
            let answer = try model.write(after: model.tokens(of: chat), &options, show: show, isInterrupted: isInterrupted)
            messages.append(("assistant", answer.text))
            return answer
        } catch {
            messages.removeLast()
            throw error
        }
    }

    /// Begins again, with what the model was told first.
    package mutating func restart() { messages.removeAll { $0.role != "system" } }
}
