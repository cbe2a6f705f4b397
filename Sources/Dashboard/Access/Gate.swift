import HTTPAccess
import HTTPTypes
import Hummingbird
import StudyStore

/// Lets in whom ``Access`` takes, and gives every answer the headers that keep it where it belongs.
struct Gate<Context: RequestContext>: RouterMiddleware {
    let access: Access

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            let asked = Asked(request, cookie: access.cookie)
            try access.check(asked)
            if let welcome = welcome(request) { response = welcome } else { response = try await next(request, context) }
        } catch let error as HTTPError where error.status == .notFound && isView(request) {
            // The page says so, with a way on.
            response = PageFiles.reply("index.html", request)
            if response.status == .ok { response.status = .notFound }
        } catch {
            response = Reply.refusal(error)
        }
        for (name, value) in Self.headers where response.headers[name] == nil { response.headers[name] = value }
        return response
    }

    private func isView(_ request: Request) -> Bool {
        request.method == .get
            && !["/api", "/assets"].contains { request.uri.path == $0 || request.uri.path.hasPrefix($0 + "/") }
    }

    /// Whoever comes with the token in the address goes on without it: addresses are kept, copied and shown.
    private func welcome(_ request: Request) -> Response? {
        guard let token = access.token, request.method == .get, let given = request.uri.queryParameters["token"],
            Secret.areEqual(String(given), token)
        else { return nil }
        var response = Response(status: .seeOther)
        // Two slashes at the beginning would lead to another host; browsers take a backslash for one, and pass over tabs.
        let path = request.uri.path.unicodeScalars.filter { $0.value > 32 && $0 != "\\" }
        response.headers[.location] = "/" + String(String.UnicodeScalarView(path)).drop { $0 == "/" }
        response.headers[.setCookie] = "\(access.cookie)=\(token); Path=/; HttpOnly; SameSite=Lax"
        return response
    }

    /// Styles in elements are plotly's own way to place what it draws; no script but our files runs, and nothing is loaded from elsewhere.
    private static var headers: [(HTTPField.Name, String)] {
        [
            (
                .contentSecurityPolicy,
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            (.xContentTypeOptions, "nosniff"), (.named("X-Frame-Options"), "DENY"), (.named("Referrer-Policy"), "no-referrer"),
            (.named("Cross-Origin-Resource-Policy"), "same-origin"), (.named("Cross-Origin-Opener-Policy"), "same-origin"),
            (.cacheControl, "no-store"),
        ]
    }
}

extension HTTPField.Name {
    /// A name that HTTPTypes has no word for.
    static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }
}

extension Asked {
    /// - Parameter cookie: the one that has the token.
    init(_ request: Request, cookie: String) {
        let headers = request.headers
        method = request.method.rawValue
        (host, origin) = (request.head.authority, headers[.origin])
        (site, mode) = (headers[.named("Sec-Fetch-Site")], headers[.named("Sec-Fetch-Mode")])
        csrf = headers[.named("X-CSRF-Token")]
        isJSON = headers[.contentType]?.lowercased().hasPrefix("application/json") ?? false
        let kept = headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair -> String? in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            return parts.count == 2 && parts[0] == cookie ? String(parts[1]) : nil
        }
        let bearer = headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        tokens = kept + [bearer, request.uri.queryParameters["token"].map(String.init)].compactMap(\.self)
    }
}
