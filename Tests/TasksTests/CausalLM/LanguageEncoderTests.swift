import FoundationEssentials
import Testing
import Tokenizers
import TrainerSettings

@testable import Tasks

/// From rows to tokens, and which of these are to be predicted.
@Suite struct LanguageEncoderTests {
    private let model: LanguageModelFolder
    private let tokenizer: ModelTokenizer

    init() throws {
        model = try LanguageModelFolder()
        tokenizer = try model.tokenizer()
    }

    private static let chat = ConversationRow(
        messages: [
            .init(role: "user", content: "good?"), .init(role: "assistant", content: "a film"),
            .init(role: "user", content: "bad?"), .init(role: "assistant", content: "no"),
        ], json: nil)

    private func encode(
        _ content: LanguageRow.Content, _ settings: [String: SettingValue] = [:]
    ) throws -> LanguageEncoder.Encoded {
        let row = LanguageRow(content: content, line: 7)
        return try LanguageEncoder(tokenizer, model.settings(settings), for: row.kind).encode(row, file: "rows.jsonl")
    }

    private func text(_ tokens: some Sequence<Int32>) -> String {
        tokenizer.tokenizer.decode(Array(tokens), skippingSpecial: false)
    }

    private func learned(_ encoded: LanguageEncoder.Encoded) -> [String] { encoded.labels.map { text(encoded.tokens[$0]) } }

    @Test func `of a text all but the first token is learned, and its end once`() throws {
        let encoded = try encode(.text("a good film"))
        #expect(encoded.labels == [1..<encoded.tokens.count] && !encoded.isCut)
        #expect(text(encoded.tokens) == "a good film<|im_end|>")
        #expect(text(try encode(.text("a good film<|im_end|>")).tokens) == "a good film<|im_end|>")
        // Nothing but the end, which nothing stands before.
        #expect(try encode(.text("")).labels.isEmpty)
    }

    @Test func `a completion is learned from the first token that has a part of it`() throws {
        for (prompt, completion) in [
            ("Review: a film.\nSentiment:", " positive"), ("Sentiment: pos", "sibly negative"), ("a", ""), ("é", "\u{301}x"),
        ] {
            let encoded = try encode(.completion(prompt: prompt, completion: completion))
            #expect(text(encoded.tokens) == prompt + completion + "<|im_end|>")
            let start = try #require(encoded.labels.first).lowerBound
            #expect(encoded.labels == [start..<encoded.tokens.count])
            #expect(prompt.utf8.starts(with: text(encoded.tokens[..<start]).utf8))
            let all = try encode(.completion(prompt: prompt, completion: completion), ["completion_only_loss": .bool(false)])
            #expect(all.tokens == encoded.tokens && all.labels == [1..<all.tokens.count])
        }
        let plain = try encode(.completion(prompt: "Sentiment:", completion: " good"))
        #expect(learned(plain) == [" good<|im_end|>"])
        #expect(try encode(.completion(prompt: "", completion: "good film")).labels.first?.lowerBound == 1)
    }

    @Test func `what is longer than max_length loses its end, and with it what is to be learned`() throws {
        let content = LanguageRow.Content.completion(prompt: "a b c d e f g h", completion: " i j k")
        let whole = try encode(content)
        for length in 3...whole.tokens.count + 1 {
            let cut = try encode(content, ["max_length": .int(length)])
            #expect(cut.tokens == Array(whole.tokens.prefix(length)))
            #expect(cut.isCut == (length < whole.tokens.count))
            let start = whole.labels[0].lowerBound
            #expect(cut.labels == (length > start ? [start..<cut.tokens.count] : []), "\(length)")
        }
    }

    @Test func `of a conversation the assistant's turns are learned, each with its end`() throws {
        let encoded = try encode(.conversation(Self.chat))
        #expect(
            text(encoded.tokens)
                == "<|im_start|>user\ngood?<|im_end|>\n<|im_start|>assistant\na film<|im_end|>\n<|im_start|>user\nbad?<|im_end|>\n"
                + "<|im_start|>assistant\nno<|im_end|>\n")
        #expect(learned(encoded) == ["a film<|im_end|>\n", "no<|im_end|>\n"])
        let all = try encode(.conversation(Self.chat), ["assistant_only_loss": .bool(false)])
        #expect(all.tokens == encoded.tokens && all.labels == [1..<all.tokens.count])
        let short = try encode(.conversation(Self.chat), ["max_length": .int(encoded.labels[0].lowerBound + 1)])
        #expect(short.labels == [encoded.labels[0].lowerBound..<encoded.labels[0].lowerBound + 1])
    }

    @Test func `another template can be named`() throws {
        let encoded = try encode(.conversation(Self.chat), ["chat_template": .string("gemma"), "max_length": .int(256)])
        #expect(learned(encoded) == ["a film<end_of_turn>\n", "no<end_of_turn>\n"])
    }

    @Test func `what is asked ends where the answer begins`() throws {
        func question(_ content: LanguageRow.Content) throws -> (prompt: String, answer: String)? {
            let row = LanguageRow(content: content, line: 7)
            let encoder = try LanguageEncoder(tokenizer, model.settings(), for: row.kind)
            return try encoder.question(row, file: "x").map { (text($0.prompt), $0.answer) }
        }
        #expect(try question(.text("a")) == nil)
        let pair = try #require(try question(.completion(prompt: "a:", completion: " b")))
        #expect(pair == ("a:", " b"))
        let chat = try #require(try question(.conversation(Self.chat)))
        #expect(chat.prompt.hasSuffix("bad?<|im_end|>\n<|im_start|>assistant\n") && chat.answer == "no")
        let messages = try #require(Self.chat.messages)
        for fewer in [messages.dropLast(), messages[1..<2]] {
            #expect(try question(.conversation(ConversationRow(messages: Array(fewer), json: nil))) == nil)
        }
        let call = #"{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": []}]}"#
        #expect(try question(.conversation(ConversationRow(messages: nil, json: Array(call.utf8)))) == nil)
    }

    // MARK: - What cannot be encoded

    private func refusal(_ changes: [String: String?], _ settings: [String: SettingValue] = [:]) throws -> String {
        let other = try LanguageModelFolder(changes)
        let error = #expect(throws: (any Error).self) {
            let encoder = try LanguageEncoder(other.tokenizer(), other.settings(settings), for: .conversation)
            _ = try encoder.encode(LanguageRow(content: .conversation(Self.chat), line: 7), file: "rows.jsonl")
        }
        return error.map { "\($0)".replacing(other.folder.path, with: "model") } ?? ""
    }

    @Test func `a template that does not tell whose text is whose is refused, with the ways out`() throws {
        let plain = ["chat_template.jinja": "{% for m in messages %}{{ m.content }};{% endfor %}" as String?]
        let words = try refusal(plain)
        #expect(words.hasPrefix("model: its chat template does not tell which text is the assistant's; name one that does"))
        #expect(words.hasSuffix("or set assistant_only_loss: false"))
        let other = try LanguageModelFolder(plain)
        let encoder = try LanguageEncoder(
            other.tokenizer(), other.settings(["assistant_only_loss": .bool(false)]), for: .conversation)
        let encoded = try encoder.encode(LanguageRow(content: .conversation(Self.chat), line: 1), file: "x")
        #expect(text(encoded.tokens) == "good?;a film;bad?;no;")
    }

    @Test func `a model without a template, an unknown name and a row that the template refuses are told`() throws {
        let none = try refusal(["chat_template.jinja": nil as String?])
        #expect(
            none
                == "model: has no chat template; name one of ours by chat_template (with a command, --chat-template): "
                + "chatml | llama3 | gemma | phi3")
        let unknown = try refusal([:], ["chat_template": .string("chatlm")])
        #expect(unknown.contains("there is no template 'chatlm'; there are chatml, llama3, gemma, phi3"), "\(unknown)")
        let strict = try refusal([
            "chat_template.jinja": "{% generation %}{% endgeneration %}{{ raise_exception('no system, please') }}"
        ])
        #expect(strict.hasPrefix("rows.jsonl:7: ") && strict.contains("the template says: no system, please"), "\(strict)")
    }

    @Test func `a tokenizer without an end of its texts is refused`() throws {
        let words = try refusal(["tokenizer_config.json": #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#])
        #expect(words == "model: its tokenizer names no end of a text (eos_token in tokenizer_config.json)")
    }
}
