import HTTPAccess
import HTTPTypes
import Testing

@testable import Dashboard

/// Who is answered, and who is not.
@Suite struct AccessTests {
    private let own = Access(host: "127.0.0.1", port: 8080, token: nil, isReadOnly: false, csrf: "c")
    private let open = Access(host: "0.0.0.0", port: 8080, token: "secret", isReadOnly: false, csrf: "c")

    private func status(_ access: Access, _ change: (inout Asked) -> Void) -> Int {
        var asked = Asked()
        asked.host = "127.0.0.1:8080"
        change(&asked)
        do throws(Refusal) {
            try access.check(asked)
            return 200
        } catch { return error.status.code }
    }

    private func change(_ asked: inout Asked) { (asked.method, asked.csrf, asked.isJSON) = ("POST", "c", true) }

    @Test func `this machine asks by its own names, and a name of somebody else's is refused`() {
        for name in ["localhost", "127.0.0.1:8080", "localhost:9000", "[::1]:8080", "LOCALHOST:8080"] {
            #expect(status(own) { $0.host = name } == 200)
        }
        for name in [
            "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::2]",
        ] {
            #expect(status(own) { $0.host = name } == 421)
        }
        #expect(status(own) { $0.host = nil } == 421)
    }

    @Test func `listening on another of this machine's own addresses, it answers by that one too`() {
        let other = Access(host: "127.0.0.2", port: 8080, token: nil, isReadOnly: false, csrf: "c")
        #expect(status(other) { $0.host = "127.0.0.2:8080" } == 200)
        #expect(status(other) { ($0.host, $0.origin) = ("127.0.0.2:8080", "http://127.0.0.2:8080") } == 200)
        #expect(status(other) { $0.host = "127.0.0.3:8080" } == 421)
        #expect(status(own) { $0.host = "127.0.0.2:8080" } == 421)
    }

    @Test func `a page of another origin is refused`() {
        #expect(status(own) { $0.origin = "http://127.0.0.1:8080" } == 200)
        for origin in ["http://evil.example", "http://127.0.0.1:3000", "null", "http://localhost:8080", "file://"] {
            #expect(status(own) { $0.origin = origin } == 403)
        }
        for site in ["cross-site", "same-site"] {
            #expect(status(own) { $0.site = site } == 403)
            #expect(status(own) { ($0.site, $0.mode) = (site, "navigate") } == 200)
            #expect(
                status(own) {
                    change(&$0)
                    ($0.site, $0.mode) = (site, "navigate")
                } == 403)
        }
    }

    @Test func `a change needs the page's token and JSON`() {
        #expect(status(own, change) == 200)
        #expect(
            status(own) {
                change(&$0)
                $0.csrf = nil
            } == 403)
        #expect(
            status(own) {
                change(&$0)
                $0.csrf = "d"
            } == 403)
        #expect(
            status(own) {
                change(&$0)
                $0.isJSON = false
            } == 415)
        #expect(status(own) { $0.method = "DELETE" } == 405)
        #expect(status(Access(host: "127.0.0.1", port: 1, token: nil, isReadOnly: true, csrf: "c"), change) == 403)
    }

    @Test func `whoever comes from elsewhere needs the token`() {
        #expect(status(open) { _ in } == 401)
        #expect(status(open) { $0.tokens = ["secre", "secrets", ""] } == 401)
        #expect(status(open) { $0.tokens = ["x", "secret"] } == 200)
        #expect(status(open) { ($0.host, $0.tokens) = ("192.168.1.7:8080", ["secret"]) } == 200)
        #expect(status(open) { ($0.host, $0.tokens) = ("evil.example", ["secret"]) } == 421)
        #expect(
            status(open) {
                change(&$0)
                $0.tokens = ["secret"]
                $0.csrf = nil
            } == 403)
    }

    @Test func `secrets are long, differ, and are compared whole`() {
        let secrets = (0..<100).map { _ in Secret.make() }
        #expect(Set(secrets).count == 100)
        #expect(secrets.allSatisfy { $0.count == 64 })
        #expect(Secret.areEqual(secrets[0], secrets[0]))
        #expect(!Secret.areEqual(secrets[0], secrets[1]))
        #expect(!Secret.areEqual("", ""))
    }

    @Test func `an address of this machine alone needs no token`() {
        for host in ["127.0.0.1", "localhost", "::1", "127.0.0.2"] { #expect(HostName.isLoopback(host)) }
        for host in ["0.0.0.0", "::", "10.1.2.3", "127.evil.example", "example.org"] { #expect(!HostName.isLoopback(host)) }
    }
}
