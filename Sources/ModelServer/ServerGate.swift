import HTTPAccess
import HTTPTypes
import Hummingbird

/// Lets in who may ask, counts what is asked, and gives every refusal the form that OpenAI's clients read.
struct ServerGate<Context: RequestContext>: RouterMiddleware {
    private let token: String?
    /// nil: any does, as no page of another site has the token.
    private let names: KnownNames?
    private let figures: RequestFigures

    init(_ settings: ServerSettings, _ figures: RequestFigures) {
        (token, self.figures) = (settings.token, figures)
        names = token == nil ? KnownNames(host: settings.host, hasToken: false) : nil
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        figures.begin()
        var response: Response
        do {
            try check(request)
            response = try await next(request, context)
        } catch {
            response = ServerReply.refusal(error)
        }
        response.headers[.cacheControl] = "no-store"
        response.headers[.xContentTypeOptions] = "nosniff"
        // Addresses that lead nowhere are anybody's words: they are counted together.
        let route = response.status == .notFound && context.endpointPath == nil ? "other" : context.endpointPath ?? "other"
        let (body, status) = (response.body, response.status.code)
        // A client that has gone takes no body: then it goes unwritten.
        let answering = figures.answering(route, status, since: start)
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { withExtendedLifetime(answering) {} }
            try await body.write(writer)
        }
        return response
    }

    /// - Throws: ``Refusal`` for what must not be answered.
    private func check(_ request: Request) throws(Refusal) {
        guard !figures.now.isStopping else { throw Refusal(.serviceUnavailable, "the server ends; ask another") }
        if let names, !names.takes(request.head.authority ?? "") {
            throw Refusal(
                .misdirectedRequest,
                "this server is not called '\(request.head.authority ?? "")'; ask the address that `autolora serve` printed")
        }
        // A page in a browser can post to this machine, but not JSON: for that it asks first, by OPTIONS.
        if request.method == .post, Self.mediaType(request.headers[.contentType]) != "application/json" {
            throw Refusal(.unsupportedMediaType, "a request is JSON (Content-Type: application/json)")
        }
        guard let token, request.uri.path != "/health" else { return }
        guard Secret.areEqual(Self.bearer(request.headers[.authorization]) ?? "", token) else {
            throw Refusal(.unauthorized, "the token is missing or not this server's: send it as 'Authorization: Bearer TOKEN'")
        }
    }

    /// Without its parameters, such as a charset.
    private static func mediaType(_ header: String?) -> String? {
        header?.split(separator: ";").first.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
    }

    /// The token; the scheme before it is called so in any case of its letters.
    private static func bearer(_ header: String?) -> String? {
        let words = header?.split(separator: " ", maxSplits: 1) ?? []
        return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
    }
}
