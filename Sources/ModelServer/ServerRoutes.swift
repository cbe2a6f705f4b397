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
    let connections: Connections

    typealias Pages = Router<ServerContext>

    /// All of them. What an address has no answer to is refused with what it has.
    func add(to router: Pages) {
        addTexts(to: router)
        addClassifying(to: router)
        addModels(to: router)
        addState(to: router)
        let known = Dictionary(grouping: router.routes, by: \.path.description)
        for routes in known.values {
            // A HEAD is answered as a GET is.
            let methods = routes.map(\.method) + (routes.contains { $0.method == .get } ? [.head] : [])
            let allowed = methods.map(\.rawValue).sorted().joined(separator: ", ")
            for method in Self.methods where !methods.contains(method) {
                router.on(routes[0].path, method: method) { request, _ in
                    var response = ServerReply.refusal(
                        Refusal(.methodNotAllowed, "\(request.uri.path) takes no \(method.rawValue), but \(allowed)"))
                    response.headers[.allow] = allowed
                    return response
                }
            }
        }
    }

    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// What is answered to whoever waits for it.
    private func answer(
        _ context: ServerContext, _ body: (_ listener: Listener) async throws -> Response
    ) async throws -> Response {
        let listener = connections.listener(at: context.channel)
        do {
            return try await body(listener)
        } catch let error as ServingError where error == .interrupted && listener.isGone {
            throw Refusal(
                .init(code: 499, reasonPhrase: "Client Closed Request"),
                "the connection was closed from the client's side before the answer: keep it open")
        }
    }

    /// Texts that are written.
    func addTexts(to router: Pages) {
        for (path, isChat) in [("/v1/completions", false), ("/v1/chat/completions", true)] {
            router.post(RouterPath(path)) { request, context in
                let asked = try TextRequest(try await RequestFields(request, settings), isChat: isChat, engine)
                return try await answer(context) { listener in
                    let answer = TextAnswer(asked, model: engine.name)
                    let streams = try asked.prompts.map {
                        try engine.write($0, model: asked.model, asked.options, for: listener)
                    }
                    guard !asked.streams else { return stream(streams[0], asked, answer) }
                    return ServerReply.json(try await whole(streams, asked, answer))
                }
            }
        }
    }

    /// - Throws: `ServingError` where a text is not written to its end.
    private func whole(
        _ streams: [AsyncStream<WritingEvent>], _ asked: TextRequest, _ answer: TextAnswer
    ) async throws -> SettingValue {
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
            guard text.end != .interrupted else { throw ServingError.interrupted }
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
                    case .end(.interrupted, _):
                        let error = ServingError.interrupted
                        try await writer.write(line(ServerReply.refusal(error.description, .serviceUnavailable)))
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
        router.post("/v1/classify") { request, context in
            let asked = try ClassifyRequest(try await RequestFields(request, settings))
            return try await answer(context) { listener in
                reply(try await engine.classify(asked.texts, model: asked.model, for: listener), asked.model)
            }
        }
    }

    private func reply(_ answer: (labels: [String], probabilities: [[Double]]), _ model: String?) -> Response {
        let labels = answer.labels
        let data = answer.probabilities.enumerated().map { index, probabilities in
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
