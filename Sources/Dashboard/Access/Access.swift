import HTTPAccess
import HTTPTypes

/// Who may ask the server for something: told by the name that it was called by, by the page that asks, and by the token.
struct Access: Sendable {
    let names: KnownNames
    /// What whoever comes has to know; nil: only this machine can come.
    let token: String?
    /// What a page of our own knows, and one of another origin cannot read.
    let csrf: String
    let isReadOnly: Bool
    /// Browsers keep cookies by host, whatever the port.
    let cookie: String

    init(host: String, port: Int, token: String?, isReadOnly: Bool, csrf: String = Secret.make()) {
        names = KnownNames(host: host, hasToken: token != nil)
        (self.token, self.isReadOnly, self.csrf) = (token, isReadOnly, csrf)
        cookie = "autolora_\(port)"
    }

    /// - Throws: ``Refusal`` for what must not be answered.
    func check(_ asked: Asked) throws(Refusal) {
        guard ["GET", "HEAD", "POST"].contains(asked.method) else {
            throw Refusal(.methodNotAllowed, "\(asked.method) is not answered here")
        }
        guard let host = asked.host, names.takes(host) else {
            throw Refusal(
                .misdirectedRequest,
                "this server is not called '\(asked.host ?? "")': open the address that `autolora dashboard` printed")
        }
        if let origin = asked.origin, origin != "http://" + host, origin != "https://" + host {
            throw Refusal(.forbidden, "a page of another origin (\(origin)) asked: only the dashboard's own pages may")
        }
        // A link from elsewhere may lead here; nothing that a page from elsewhere reads may.
        if let site = asked.site, !["same-origin", "none"].contains(site), asked.mode != "navigate" || asked.method == "POST" {
            throw Refusal(.forbidden, "a page of another origin asked: only the dashboard's own pages may")
        }
        if let token, !asked.tokens.contains(where: { Secret.areEqual($0, token) }) {
            throw Refusal(
                .unauthorized, "the token is missing or not this server's: open the address that `autolora dashboard` printed")
        }
        if asked.method == "POST" { try checkChange(asked) }
    }

    private func checkChange(_ asked: Asked) throws(Refusal) {
        if isReadOnly {
            throw Refusal(.forbidden, "this dashboard only shows (--read-only): start it without that to steer studies")
        }
        guard Secret.areEqual(asked.csrf ?? "", csrf) else {
            throw Refusal(.forbidden, "the request does not come from a page of this server: reload the page")
        }
        guard asked.isJSON else { throw Refusal(.unsupportedMediaType, "a request is JSON (Content-Type: application/json)") }
    }
}

/// What of a request decides whether it is answered.
struct Asked: Sendable {
    var method = "GET"
    /// Name and port, as the browser has them in its address.
    var host: String?
    var origin: String?
    /// Sec-Fetch-Site and Sec-Fetch-Mode, which no page can set.
    var site: String?
    var mode: String?
    /// By which a token may come: the cookie, the header, the address.
    var tokens: [String] = []
    var csrf: String?
    var isJSON = false
}
