import HTTPAccess
import HTTPTypes
import Hummingbird

/// Lets in who may ask, counts what is asked, and gives every refusal the form that OpenAI's clients read.
struct ServerGate<Context: RequestContext>: RouterMiddleware {
    private let token: String?
    private let names: KnownNames
    private let figures: RequestFigures

    init(_ settings: ServerSettings, _ figures: RequestFigures) {
        (token, self.figures) = (settings.token, figures)
        names = KnownNames(host: settings.host, hasToken: settings.token != nil)
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
        guard let host = request.head.authority, names.takes(host) else {
            throw Refusal(
                .misdirectedRequest,
                "this server is not called '\(request.head.authority ?? "")'; ask the address that `autolora serve` printed")
        }
        // A page in a browser can post to this machine, but not JSON: for that it asks first, by OPTIONS.
        if request.method == .post, !(request.headers[.contentType]?.lowercased().hasPrefix("application/json") ?? false) {
            throw Refusal(.unsupportedMediaType, "a request is JSON (Content-Type: application/json)")
        }
        guard let token, request.uri.path != "/health" else { return }
        let given = request.headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        guard Secret.areEqual(given ?? "", token) else {
            throw Refusal(.unauthorized, "the token is missing or not this server's: send it as 'Authorization: Bearer TOKEN'")
        }
    }
}
