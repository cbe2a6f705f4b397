import FoundationEssentials
import Testing

@testable import Tokenizers

/// What transformers made of conversations and of small templates (Benchmarks/chat_fixture.py).
private struct Golden: Decodable {
    struct Render: Decodable {
        let template, chat: String
        let prompt: Bool
        /// nil: the template refuses the conversation.
        let text: String?
        let spans: [[Int]]?
    }

    struct Small: Decodable {
        let source: String
        let text: String?
        let spans: [[Int]]?
    }

    let templates, chats: [String: String]
    let renders: [Render]
    let small: [Small]

    static func load() throws -> Golden {
        let folder = String(#filePath.dropLast("ChatGoldenTests.swift".count)) + "Fixtures"
        let data = try #require(FileManager.default.contents(atPath: folder + "/chat.json"))
        return try JSONDecoder().decode(Golden.self, from: data)
    }
}

@Suite struct ChatGoldenTests {
    static let special: SpecialTokens = {
        var special = SpecialTokens()
        special.bos = .init(text: "<s>", id: 1)
        special.eos = .init(text: "</s>", id: 2)
        special.pad = .init(text: "<pad>", id: 3)
        special.unk = .init(text: "<unk>", id: 0)
        return special
    }()

    private func template(_ source: String) throws -> ChatTemplate {
        try ChatTemplate(source: source, place: "chat_template.jinja", special: Self.special)
    }

    private static let names = [
        "cohere", "deepseekv3", "gemma", "gemma_training", "gemma3", "glm4moe", "lfm2", "lfm2_2_5_v2", "llama3",
        "llama3_training", "llama3_1",
        "llama3_2", "phi3", "phi3_training", "phi3_5", "qwen2_5", "qwen2_5_training", "qwen3", "qwen3_training",
        "qwen3_instruct_2507",
        "mistral_v1", "mistral_v3_tekken", "mistral_v7_tekken", "smollm2",
    ]

    @Test(arguments: names)
    func `a real template gives the text and the spans that the reference gives`(name: String) throws {
        let golden = try Golden.load()
        let source = try #require(golden.templates[name])
        let template = try template(source)
        let renders = golden.renders.filter { $0.template == name }
        #expect(renders.count == 6)
        for render in renders {
            let chat = try Conversation(json: try #require(golden.chats[render.chat]).utf8, place: render.chat)
            guard let text = render.text else {
                #expect(throws: TokenizerError.self, "\(render.chat)") {
                    try template.render(chat, generationPrompt: render.prompt)
                }
                continue
            }
            let rendered = try template.render(chat, generationPrompt: render.prompt)
            #expect(rendered.text.utf8.elementsEqual(text.utf8), "\(render.chat): \(rendered.text.debugDescription)")
            if source.contains("endgeneration") {
                #expect(rendered.assistant.map { [$0.lowerBound, $0.upperBound] } == render.spans, "\(render.chat)")
            }
        }
    }

    @Test func `every template of the fixture is looked at`() throws {
        #expect(Set(try Golden.load().templates.keys) == Set(Self.names))
    }

    @Test func `small templates print what the reference prints, and fail where it fails`() throws {
        let golden = try Golden.load()
        let chat = try Conversation(json: try #require(golden.chats["system"]).utf8, place: "system")
        #expect(golden.small.count > 50 && golden.small.count { $0.text == nil } > 5)
        for small in golden.small {
            guard let text = small.text else {
                #expect(throws: TokenizerError.self, "\(small.source)") { try template(small.source).render(chat) }
                continue
            }
            let rendered = try template(small.source).render(chat)
            #expect(rendered.text.utf8.elementsEqual(text.utf8), "\(small.source) gives \(rendered.text), not \(text)")
            #expect(rendered.assistant.map { [$0.lowerBound, $0.upperBound] } == small.spans, "\(small.source)")
        }
    }

    @Test(arguments: [
        ("llama3", "llama3_training"), ("gemma", "gemma_training"), ("phi3", "phi3_training"),
    ])
    func `a template without marks has the spans of the marked copy that TRL uses`(plain: String, marked: String) throws {
        let golden = try Golden.load()
        let (ours, theirs) = (
            try template(try #require(golden.templates[plain])), try template(try #require(golden.templates[marked]))
        )
        #expect(ours.marksAssistant && theirs.marksAssistant)
        let chat = try Conversation(json: try #require(golden.chats["four turns"]).utf8, place: "chat")
        let (a, b) = (try ours.render(chat), try theirs.render(chat))
        #expect(a.text == b.text)
        #expect(a.assistant == b.assistant && a.assistant.count >= 2)
    }
}
