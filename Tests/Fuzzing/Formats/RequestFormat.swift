import Foundation
import HTTPTypes
import ModelServer
import SearchSpaces
import Serving
import TrainerSettings

/// Bodies of requests to a server, up to the first tokens of the answers. What is refused is the client's fault.
struct RequestFormat: Format {
    static let name = "request"

    private let trees: [JSONTree]
    private let words: [[UInt8]]
    /// One that writes, one that classifies.
    private let writer: ServingEngine
    private let judge: ServingEngine

    init(folder: String) throws {
        trees = try [
            #"{"model": "writer", "prompt": "the film", "max_tokens": 2, "temperature": 0.5, "top_p": 0.9, "seed": 3, "stop": ["a", "b"]}"#,
            #"{"prompt": ["the film", "\u00e9 😀"], "stream": false, "n": 1, "echo": false, "user": "me", "max_tokens": 1}"#,
            #"{"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": [{"type": "text", "text": "b"}]}], "max_completion_tokens": 2, "stream": true, "stream_options": {"include_usage": true}}"#,
            #"{"messages": [{"role": "user", "content": "the film", "name": null}], "logprobs": false, "top_logprobs": 0}"#,
            #"{"model": "judge", "input": ["a good film", "bad"]}"#, #"{"input": "", "model": "judge"}"#,
            #"{"name": "new", "folder": "new-1.0"}"#,
        ].map { try JSONTree(seed: $0) }
        words = trees.flatMap(\.words)
        try Files.addTinyModel(to: folder)
        let (decoder, peft) = (
            Files.tests + "/FinetuningTests/Fixtures/causal-lm", Files.tests + "/FinetuningTests/Fixtures/peft/"
        )
        var limits = ServingLimits()
        limits.newTokens = 2
        writer = ServingEngine(try SharedBase(decoder, precision: .fp32), name: "base", threads: 1, limits: limits)
        try writer.add(try AdapterName("writer"), at: decoder + "/adapter")
        judge = ServingEngine(try SharedBase(folder, precision: .fp32), name: "base", threads: 1, limits: limits)
        try judge.add(try AdapterName("judge"), at: peft + "query-value")
    }

    var file: String? { nil }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        var input = random.pick(trees).mutatedText(words: words, using: &random)
        if random.oneIn(8) { input.mutateBytes(using: &random) }
        return input
    }

    /// As each of the addresses would take it; it is refused where all refuse it.
    func read(_ input: [UInt8]) throws {
        guard input.count <= ServerSettings().bodyLimit else { throw IsTooLarge() }
        let ways: [(RequestFields) async throws -> Void] = [
            { try await write(TextRequest($0, isChat: false, writer)) },
            { try await write(TextRequest($0, isChat: true, writer)) },
            { fields in
                let asked = try ClassifyRequest(fields)
                let answer = try await judge.classify(asked.texts, model: asked.model)
                precondition(answer.probabilities.count == asked.texts.count)
            },
            { fields in
                let asked = try AdapterRequest(fields)
                precondition(!asked.folder.description.contains("/") && !asked.folder.description.hasPrefix("."))
            },
        ]
        var refusals: [any Error] = []
        for way in ways {
            do { try waiting { try await way(RequestFields(json: Data(input))) } } catch {
                precondition((400..<500).contains(ServerReply.status(of: error).code), "\(error)")
                refusals.append(error)
            }
        }
        if refusals.count == ways.count { throw refusals[0] }
    }

    private func write(_ asked: TextRequest) async throws {
        let streams = try asked.prompts.map { try writer.write($0, model: asked.model, asked.options) }
        for stream in streams {
            var last: WritingEvent?
            for await event in stream { last = event }
            guard case .end(_, let tokens) = last else { preconditionFailure("no end") }
            precondition(tokens <= 2)
        }
    }

    private struct IsTooLarge: Error {}

    private func waiting(_ work: @escaping () async throws -> Void) throws {
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var result: Result<Void, any Error> = .success(())
        nonisolated(unsafe) let work = work
        Task.detached {
            do { try await work() } catch { result = .failure(error) }
            done.signal()
        }
        done.wait()
        try result.get()
    }
}
