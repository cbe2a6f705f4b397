import Finetuning
import Foundation
import HTTPTypes
import Serving
import Testing
import TrainerSettings

@testable import ModelServer

/// What OpenAI's clients get.
@Suite struct TextTests {
    private let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    private func pieces(_ text: String) throws -> [SettingValue] {
        try text.split(separator: "\n\n").map { $0.dropFirst("data: ".count) }.filter { $0 != "[DONE]" }.map {
            try JSONInput.decode(SettingValue.self, from: Data($0.utf8), of: "a piece")
        }
    }

    @Test func `a completion is what the adapter writes by itself`() async throws {
        let answer = try await fixture.ask(
            "/v1/completions", #"{"model": "plain", "prompt": "the film", "max_tokens": 12, "temperature": 0}"#)
        #expect(answer.status == 200 && answer.body["object"].text == "text_completion" && answer.body["model"].text == "plain")
        let alone = try WritingModel(
            model: ServerFixture.model, adapter: ServerFixture.model + "/adapter", precision: .fp32, threads: 1)
        var options = WritingOptions(limit: 12)
        let wanted = try alone.write(after: alone.tokens(of: "the film"), &options)
        #expect(answer.body["choices"][0]["text"].text == wanted.text)
        #expect(answer.body["usage"]["completion_tokens"].integer == wanted.tokens.count)
        #expect(answer.body["choices"][0]["finish_reason"].text == (wanted.end == .length ? "length" : "stop"))
    }

    @Test func `several prompts have an answer each`() async throws {
        let answer = try await fixture.ask(
            "/v1/completions", #"{"prompt": ["the film", "a plot", "the film"], "max_tokens": 8, "temperature": 0}"#)
        #expect(answer.body["choices"].count == 3 && answer.body["choices"][2]["index"].integer == 2)
        #expect(answer.body["choices"][0]["text"] == answer.body["choices"][2]["text"])
    }

    @Test(arguments: [false, true])
    func `a stream's pieces are the whole text`(isChat: Bool) async throws {
        let asked = isChat ? #""messages": [{"role": "user", "content": "the film"}]"# : #""prompt": "the film""#
        let path = isChat ? "/v1/chat/completions" : "/v1/completions"
        let whole = try await fixture.ask(path, "{\(asked), \"max_tokens\": 10, \"temperature\": 0}")
        let stream = try await fixture.ask(
            path,
            "{\(asked), \"max_tokens\": 10, \"temperature\": 0, \"stream\": true, \"stream_options\": {\"include_usage\": true}}"
        )
        #expect(whole.status == 200 && stream.status == 200, "\(whole.text) \(stream.text)")
        #expect(stream.text.hasSuffix("data: [DONE]\n\n"))
        let pieces = try pieces(stream.text)
        let texts = pieces.compactMap { isChat ? $0["choices"][0]["delta"]["content"].text : $0["choices"][0]["text"].text }
        let choice = whole.body["choices"][0]
        #expect(texts.joined() == (isChat ? choice["message"]["content"].text : choice["text"].text))
        #expect(pieces.last?["usage"] == whole.body["usage"])
        #expect(pieces.dropLast().last?["choices"][0]["finish_reason"] == choice["finish_reason"])
        if isChat { #expect(pieces[0]["choices"][0]["delta"]["role"].text == "assistant") }
    }

    @Test func `a content of text parts is their lines`() async throws {
        func text(_ content: String) async throws -> String? {
            let answer = try await fixture.ask(
                "/v1/chat/completions",
                #"{"messages": [{"role": "user", "content": \#(content)}], "max_tokens": 10, "temperature": 0}"#)
            #expect(answer.status == 200, "\(answer.text)")
            return answer.body["choices"][0]["message"]["content"].text
        }
        let parts = try await text(#"[{"type": "text", "text": "the film"}, {"type": "text", "text": "a plot"}]"#)
        #expect(try await parts == text(#""the film\na plot""#))
        #expect(try await parts != text(#""the film""#))
    }

    @Test func `the models are the base and its adapters`() async throws {
        let models = try await fixture.ask("/v1/models").body["data"]
        #expect((0..<models.count).map { models[$0]["id"].text } == ["base", "plain"])
        #expect(models[1]["parent"].text == "base")
    }

    @Test func `health and metrics tell what was done`() async throws {
        #expect(try await fixture.ask("/health").body["status"].text == "ok")
        _ = try await fixture.ask("/v1/completions", #"{"prompt": "the film", "max_tokens": 4}"#)
        _ = try await fixture.ask("/nowhere/at/all")
        let metrics = try await fixture.ask("/metrics").text
        #expect(metrics.contains("autolora_requests_total{route=\"/v1/completions\",status=\"200\"} 1"))
        #expect(metrics.contains("autolora_adapters 1") && !metrics.contains("nowhere"))
        #expect(metrics.contains("# TYPE autolora_tokens_written_total counter"))
    }
}
