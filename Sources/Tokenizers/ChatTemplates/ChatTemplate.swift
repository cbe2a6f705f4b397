/// How a model writes a conversation as a text: a template in Jinja, as the model's owner ships it, or one of the named ones.
package struct ChatTemplate: Sendable {
    private let statements: [TemplateStatement]
    private let place: String
    private let special: SpecialTokens
    /// nil: the template marks what the assistant writes itself, or is of no family that is known.
    private let turns: AssistantTurns?
    private let hasMarks: Bool

    /// - Parameters:
    ///   - source: in Jinja.
    ///   - place: the file, for messages.
    /// - Throws: ``TokenizerError`` naming the line and what is not supported there.
    package init(source: String, place: String, special: SpecialTokens) throws(TokenizerError) {
        do throws(TemplateProblem) {
            statements = try TemplateParser.parse(source)
        } catch {
            throw Self.located(error, place)
        }
        (self.place, self.special) = (place, special)
        hasMarks = statements.contains(where: \.hasGeneration)
        turns = hasMarks ? nil : AssistantTurns.family(of: source)
    }

    private static func located(_ error: TemplateProblem, _ place: String) -> TokenizerError {
        TokenizerError(
            place: "\(place), line \(error.line) of its chat template",
            problem: error.problem + "; name one of ours in its place by chat_template (with a command, --chat-template): "
                + names.joined(separator: " | "))
    }

    /// Whether it can be told what the assistant wrote.
    package var marksAssistant: Bool { hasMarks || turns != nil }

    /// The text of a conversation, which is to be tokenized without any special tokens added.
    ///
    /// - Parameter generationPrompt: whether the assistant's next turn is begun.
    /// - Throws: ``TokenizerError`` for a conversation that the template refuses, or whose turns cannot be told apart.
    package func render(
        _ chat: Conversation, generationPrompt: Bool = false
    ) throws(TokenizerError) -> RenderedChat {
        var values: [String: TemplateValue] = [
            "messages": .list(TemplateList(chat.messages)), "tools": chat.tools, "documents": .none,
            "add_generation_prompt": .bool(generationPrompt),
        ]
        for name in TemplateRenderer.functions { values[name] = .function(name) }
        for (name, text) in special.byName { values[name] = .string(text) }
        let rendered: RenderedChat
        do throws(TemplateProblem) {
            rendered = try TemplateRenderer.render(statements, values)
        } catch {
            throw Self.located(error, place)
        }
        guard let turns else { return rendered }
        let spans = turns.spans(in: rendered.text, isWhole: !generationPrompt, eos: special.eos?.text)
        let count = chat.roles.count { $0 == "assistant" }
        guard spans.turns == count || generationPrompt else {
            throw TokenizerError(
                place: place,
                problem:
                    "the text has \(spans.turns) turns of the assistant, and \(count) messages are the assistant's; a message may hold "
                    + "what the template writes around turns, such as \(turns.start.debugDescription)")
        }
        return RenderedChat(text: rendered.text, assistant: spans.ranges)
    }
}

extension TemplateStatement {
    fileprivate var hasGeneration: Bool {
        switch kind {
        case .generation: true
        case .condition(let branches, let otherwise):
            (branches.flatMap(\.body) + otherwise).contains(where: \.hasGeneration)
        case .loop(let loop): (loop.body + loop.otherwise).contains(where: \.hasGeneration)
        case .macro(let macro): macro.body.contains(where: \.hasGeneration)
        case .capture(_, _, let body): body.contains(where: \.hasGeneration)
        case .data, .output, .assignment, .stop, .next: false
        }
    }
}
