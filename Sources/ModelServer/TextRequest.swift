package import Finetuning
import FoundationEssentials
import HTTPAccess
import HTTPTypes
package import Serving
import Tokenizers
import TrainerSettings

/// What OpenAI's clients ask for: texts to be written on from prompts, or an answer in a conversation.
package struct TextRequest: Sendable {
    package let model: String?
    package let prompts: [[Int32]]
    package let options: WritingOptions
    let isChat: Bool
    let streams: Bool
    /// Whether a stream's last piece tells how many tokens there were.
    let tellsUsage: Bool

    /// - Throws: a refusal that names the field.
    package init(_ fields: RequestFields, isChat: Bool, _ engine: ServingEngine) throws {
        var fields = fields
        self.isChat = isChat
        model = try fields.text("model")
        if isChat {
            guard let messages = fields.value("messages") else { throw Refusal(.badRequest, "'messages' is missing") }
            let json = Array(JSONWriter.text(try ChatMessages.plain(messages), .page).utf8)
            prompts = [try engine.tokens(of: Conversation(json: json, place: "messages"), for: model)]
        } else {
            guard let texts = try fields.texts("prompt"), !texts.isEmpty else {
                throw Refusal(.badRequest, "'prompt' is missing")
            }
            guard texts.count <= Self.mostPrompts else {
                throw Refusal(.badRequest, "'prompt' has \(texts.count) texts; expected \(Self.mostPrompts) at most")
            }
            prompts = texts.map(engine.tokens)
        }
        let most = 1...1_000_000
        let given = try fields.integer("max_tokens", most)
        let other = isChat ? try fields.integer("max_completion_tokens", most) : nil
        let seed = try fields.integer("seed", Int.min...Int.max)
        let temperature = try fields.number("temperature", 0...100) ?? 1
        let topP = try fields.number("top_p", 0...1) ?? 1
        guard topP > 0 else { throw Refusal(.badRequest, "'top_p' is 0; expected a number above it, up to 1") }
        let stop = try fields.texts("stop") ?? []
        guard stop.count <= 16 else { throw Refusal(.badRequest, "'stop' has \(stop.count) texts; expected 16 at most") }
        if let wrong = stop.map(\.utf8.count).first(where: { !(1...256).contains($0) }) {
            throw Refusal(.badRequest, "'stop' has a text of \(wrong) bytes; expected 1 to 256")
        }
        options = WritingOptions(
            choice: TokenChoice(
                temperature: temperature, topP: topP,
                seed: seed.map { UInt64(bitPattern: Int64($0)) } ?? .random(in: 0 ... .max)),
            limit: other ?? given ?? (isChat ? engine.limits.newTokens : Self.usualTokens), stop: stop)
        streams = try fields.flag("stream") ?? false
        if var options = try fields.object("stream_options") {
            guard streams else { throw Refusal(.badRequest, "'stream_options' goes with 'stream': true") }
            tellsUsage = try options.flag("include_usage") ?? false
            try options.end()
        } else {
            tellsUsage = false
        }
        guard !streams || prompts.count == 1 else { throw Refusal(.badRequest, "'stream' goes with one prompt") }
        for (name, known) in [("n", 1), ("best_of", 1), ("presence_penalty", 0), ("frequency_penalty", 0), ("top_logprobs", 0)]
        {
            try fields.only(name, .int(known))
        }
        for name in ["echo", "logprobs"] { try fields.only(name, .bool(false)) }
        // It tells who asks, and changes nothing.
        _ = fields.value("user")
        try fields.end()
    }

    private static let mostPrompts = 64
    /// OpenAI's.
    private static let usualTokens = 16
}
