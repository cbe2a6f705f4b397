import Finetuning
import HTTPAccess
import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import TrainerSettings

/// What the server answers to.
struct ServerRoutes: Sendable {
    let engine: ServingEngine
    let settings: ServerSettings
    let figures: RequestFigures

    typealias Pages = Router<BasicRequestContext>

    /// Texts that are written.
    func addTexts(to router: Pages) {
        for (path, isChat) in [("/v1/completions", false), ("/v1/chat/completions", true)] {
            router.post(RouterPath(path)) { request, _ in
                let asked = try TextRequest(try await RequestFields(request, settings), isChat: isChat, engine)
                let answer = TextAnswer(asked, model: engine.name)
                let streams = try asked.prompts.map { try engine.write($0, model: asked.model, asked.options) }
                return asked.streams ? stream(streams[0], asked, answer) : ServerReply.json(await whole(streams, asked, answer))
            }
        }
    }

    private func whole(_ streams: [AsyncStream<WritingEvent>], _ asked: TextRequest, _ answer: TextAnswer) async -> SettingValue
    {
        var texts: [(text: String, end: WrittenText.End)] = []
        var written = 0
        for stream in streams {
            var text = (text: "", end: WrittenText.End.interrupted)
            for await event in stream {
                switch event {
                case .text(let piece): text.text += piece
                case .end(let end, let tokens): (text.end, written) = (end, written + tokens)
                }
            }
            texts.append(text)
        }
        let prompt = asked.prompts.reduce(0) { $0 + $1.count }
        return answer.whole(texts, TextAnswer.usage(prompt: prompt, written: written))
    }

    /// As server-sent events, of which the last is [DONE].
    private func stream(_ events: AsyncStream<WritingEvent>, _ asked: TextRequest, _ answer: TextAnswer) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                func line(_ value: SettingValue) -> ByteBuffer {
                    ByteBuffer(string: "data: \(JSONWriter.text(value, .page))\n\n")
                }
                var isFirst = true
                for await event in events {
                    switch event {
                    case .text(let text):
                        try await writer.write(line(answer.piece(text, isFirst: isFirst)))
                        isFirst = false
                    case .end(let end, let tokens):
                        try await writer.write(line(answer.piece("", isFirst: isFirst, end: end)))
                        guard asked.tellsUsage else { continue }
                        let usage = TextAnswer.usage(prompt: asked.prompts[0].count, written: tokens)
                        try await writer.write(line(answer.usage(usage)))
                    }
                }
                try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
                try await writer.finish(nil)
            })
    }

    /// Texts that are classified.
    func addClassifying(to router: Pages) {
        router.post("/v1/classify") { request, _ in
            var fields = try await RequestFields(request, settings)
            let model = try fields.text("model")
            guard let texts = try fields.texts("input") else {
                throw Refusal(.badRequest, "'input' is missing: a text, or a list of texts")
            }
            try fields.end()
            let (labels, rows) = try await engine.classify(texts, model: model)
            let data = rows.enumerated().map { index, probabilities in
                let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
                let all = Dictionary(zip(labels, probabilities.map(SettingValue.double))) { first, _ in first }
                return SettingValue.object([
                    "index": .int(index), "label": .string(labels[best]), "probability": .double(probabilities[best]),
                    "probabilities": .object(all),
                ])
            }
            return ServerReply.json(
                .object(["object": .string("list"), "model": .string(model ?? engine.name), "data": .array(data)]))
        }
    }
}
