import Finetuning
import Foundation
import Tasks
import Testing
import Tokenizers
import TrainerSettings

@testable import Serving

@Suite struct ServedWritingTests {
    private let folder: ServingFolder
    /// Several strengths, and DoRA on all layers.
    private let adapters: [String: String]

    init() throws {
        folder = try ServingFolder()
        let plain = ServingFixture.writer + "/adapter"
        adapters = [
            "plain": plain,
            "strong": try folder.adapter(plain, as: "strong", ["lora_alpha": .int(40)]),
            "stabilized": try folder.adapter(plain, as: "stabilized", ["lora_alpha": .int(24), "use_rslora": .bool(true)]),
            "dora": try folder.trained(["use_dora": .bool(true), "target_modules": .string("all-linear")]),
        ]
    }

    private func engine(threads: Int = 1, _ change: (inout ServingLimits) -> Void = { _ in }) throws -> ServingEngine {
        let engine = try ServingFixture.engine(threads: threads, change)
        for (name, path) in adapters { try engine.add(try AdapterName(name), at: path) }
        return engine
    }

    @Test(arguments: [1, 2])
    func `adapters in one batch write what each writes alone`(threads: Int) async throws {
        let engine = try engine(threads: threads)
        let asked = ServingFixture.prompts.prefix(6).flatMap { prompt in
            (["base"] + adapters.keys.sorted()).map { (model: $0, prompt: prompt) }
        }
        try #require(asked.count == 30)
        let streams = try asked.map { try engine.write($0.prompt, model: $0.model, WritingOptions(limit: 24)) }
        for (asked, stream) in zip(asked, streams) {
            let served = await ServingFixture.text(stream)
            let alone = try WritingModel(
                model: ServingFixture.writer, adapter: adapters[asked.model], precision: .fp32, threads: 1)
            var options = WritingOptions(limit: 24)
            let wanted = try alone.write(after: asked.prompt, &options)
            #expect(
                served.text == wanted.text && served.end == wanted.end && served.tokens == wanted.tokens.count, "\(asked.model)"
            )
        }
        // Several texts had a part in each pass.
        #expect(engine.figures.rows > 4 * engine.figures.passes)
        #expect(engine.stop(within: 60))
    }

    @Test(arguments: [nil, "llama3"])
    func `a conversation is put as in the adapter's training, or as the server was told`(chosen: String?) throws {
        let base = try SharedBase(ServingFixture.writer, precision: .fp32, chatTemplate: chosen)
        let engine = ServingEngine(base, name: "base", threads: 1, limits: ServingLimits())
        let path = try folder.adapter(ServingFixture.writer + "/adapter", as: "phi3")
        try Data(#"{"chat_template": "phi3"}"#.utf8).write(to: URL(filePath: path + "/autolora.json"))
        try engine.add(try AdapterName("phi3"), at: path)
        try engine.add(try AdapterName("plain"), at: ServingFixture.writer + "/adapter")
        let chat = try Conversation(json: Array(#"[{"role":"user","content":"so long"}]"#.utf8), place: "messages")
        func tokens(_ template: String?) throws -> [Int32] {
            let tokenizer = try ModelTokenizer(modelFolder: ServingFixture.writer)
            let text = try tokenizer.chatTemplate(named: template).render(chat, generationPrompt: true)
            return tokenizer.tokenizer.encode(text).ids
        }
        #expect(try tokens("phi3") != tokens(chosen))
        #expect(try engine.tokens(of: chat, for: "phi3") == tokens(chosen ?? "phi3"))
        for name in [nil, "base", "plain"] { #expect(try engine.tokens(of: chat, for: name) == tokens(chosen)) }
    }

    @Test func `the adapters differ, so that a mixed-up row would show`() async throws {
        let engine = try engine()
        var texts: Set<String> = []
        for model in ["base", "plain", "strong", "stabilized", "dora"] {
            texts.insert(
                await ServingFixture.text(try engine.write(ServingFixture.prompts[0], model: model, WritingOptions(limit: 24)))
                    .text)
        }
        #expect(texts.count >= 4)
    }

    @Test func `draws are by each request's own seed, whoever else is there`() async throws {
        let engine = try engine()
        func options(_ seed: UInt64) -> WritingOptions {
            WritingOptions(choice: TokenChoice(temperature: 1, topP: 0.9, seed: seed), limit: 16)
        }
        let alone = await ServingFixture.text(try engine.write(ServingFixture.prompts[1], model: "strong", options(3)))
        let crowd = try (0..<12).map {
            try engine.write(ServingFixture.prompts[$0 % 4], model: $0 % 2 == 0 ? "plain" : "base", options(UInt64($0)))
        }
        let among = await ServingFixture.text(try engine.write(ServingFixture.prompts[1], model: "strong", options(3)))
        #expect(alone.text == among.text)
        for stream in crowd { #expect(await ServingFixture.text(stream).end != nil) }
    }

    @Test func `a request joins while others are being written, and an adapter comes and goes`() async throws {
        let engine = try engine()
        let first = try engine.write(ServingFixture.prompts[0], model: "strong", WritingOptions(limit: 60))
        let name = try AdapterName("late")
        try engine.add(name, at: ServingFixture.writer + "/adapter")
        let late = try engine.write(ServingFixture.prompts[2], model: "late", WritingOptions(limit: 12))
        try engine.remove(name)
        let plain = await ServingFixture.text(
            try engine.write(ServingFixture.prompts[2], model: "plain", WritingOptions(limit: 12)))
        #expect(await ServingFixture.text(late).text == plain.text)
        #expect(await ServingFixture.text(first).end != nil)
        #expect(throws: ServingError.self) { try engine.write([5], model: "late", WritingOptions()) }
        #expect(throws: ServingError.self) { try engine.remove(name) }
        #expect(throws: ServingError.self) { try engine.add(AdapterName("plain"), at: ServingFixture.writer + "/adapter") }
        #expect(throws: ServingError.self) { try engine.add(AdapterName("base"), at: ServingFixture.writer + "/adapter") }
    }

    @Test func `who stops to listen makes room`() async throws {
        let engine = try engine { $0.textsAtOnce = 1 }
        do {
            var left = try engine.write(ServingFixture.prompts[0], model: nil, WritingOptions(limit: 100)).makeAsyncIterator()
            _ = await left.next()
        }
        let next = await ServingFixture.text(try engine.write(ServingFixture.prompts[1], model: nil, WritingOptions(limit: 4)))
        #expect(next.tokens > 0 || next.end == .end)
        while engine.load.active > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `who leaves while waiting takes no place in the queue, and what is abandoned ends at once`() async throws {
        let engine = try engine { ($0.textsAtOnce, $0.queue) = (1, 100) }
        let (prompt, options) = (ServingFixture.prompts[0], WritingOptions(limit: 100))
        // Longer work than this test waits for.
        let others = try (0..<60).map { _ in try engine.write(prompt, model: nil, options) }
        let listener = Listener()
        let waiting = try (0..<20).map { _ in try engine.write(prompt, model: nil, options, for: listener) }
        listener.leave()
        for stream in waiting { #expect(await ServingFixture.text(stream).end == .interrupted) }
        #expect(engine.load.waiting > 0)
        engine.abandon()
        #expect(engine.stop(within: 60))
        #expect(await ServingFixture.text(others[59]).end == .interrupted)
    }

    @Test func `what there is no room for is told to come again, and what was taken is done before the end`() async throws {
        let engine = try engine { ($0.textsAtOnce, $0.queue) = (1, 2) }
        var (streams, refusals): ([AsyncStream<WritingEvent>], Set<ServingError.Kind>) = ([], [])
        for _ in 0..<20 {
            do throws(ServingError) {
                streams.append(try engine.write(ServingFixture.prompts[0], model: "plain", WritingOptions(limit: 90)))
            } catch { refusals.insert(error.kind) }
        }
        #expect(refusals == [.busy] && streams.count >= 2)
        #expect(engine.stop(within: 60))
        for stream in streams { #expect(await ServingFixture.text(stream).end.map { [.end, .length].contains($0) } ?? false) }
        #expect(throws: ServingError.self) { try engine.write([5], model: nil, WritingOptions()) }
    }

    @Test func `prompts that are empty or too long, and models that do not write so, are refused with the reason`() async throws
    {
        let engine = try engine()
        func words(_ prompt: [Int32], _ model: String?) -> String {
            do throws(ServingError) {
                _ = try engine.write(prompt, model: model, WritingOptions())
                return ""
            } catch { return error.description }
        }
        #expect(words([], nil) == "the prompt is empty")
        #expect(words([Int32](repeating: 5, count: 4000), nil).contains("the prompt has 4000 tokens, the model takes at most"))
        #expect(words([5], "nobody").hasPrefix("there is no model 'nobody'; there are base, dora, plain"))
        await #expect(throws: ServingError.self) { try await engine.classify(["a"], model: "plain") }
    }
}

@Suite struct AdapterNameTests {
    @Test(arguments: [
        "", "..", ".", "../adapter", "a/b", "a\\b", "/etc", ".hidden", "a b", "a\n", "é", "-a",
        String(repeating: "a", count: 65),
    ])
    func `what could lead elsewhere is no name`(text: String) {
        #expect(throws: ServingError.self) { try AdapterName(text) }
    }

    @Test(arguments: ["a", "reviews-v1.2", "A_b", "7", String(repeating: "a", count: 64)])
    func `plain words are names`(text: String) throws { #expect(try AdapterName(text).description == text) }

    @Test func `a base's name may have slashes between plain words`() throws {
        for name in ["a", "HuggingFaceTB/SmolLM2-135M"] { try AdapterName.requireBase(name) }
        for name in ["", "a/..", "/a", "a//b", "bad name", "a/"] {
            #expect(throws: ServingError.self) { try AdapterName.requireBase(name) }
        }
    }
}
