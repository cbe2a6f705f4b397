import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import Dashboard

/// What nobody must be able to do by the server.
@Suite struct SafetyTests {
    @Test func `every answer has the headers that keep it where it belongs`() async throws {
        let fixture = try DashboardFixture()
        for path in ["/", "/studies/reviews", "/api/studies", "/api/nothing", "/assets/app.js", "/api/studies/none"] {
            let headers = try await fixture.get(path).response.headers
            let policy = headers[.contentSecurityPolicy] ?? ""
            #expect(policy.contains("default-src 'none'; script-src 'self';"), "\(path)")
            #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"))
            #expect(headers[.xContentTypeOptions] == "nosniff")
            #expect(headers[.named("Referrer-Policy")] == "no-referrer")
            #expect(headers[.named("Cross-Origin-Resource-Policy")] == "same-origin")
            #expect(headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test(arguments: [
        "/assets/..%2F..%2Fetc%2Fpasswd", "/assets/../../etc/passwd", "/api/studies/..%2Freviews", "/api/studies/%2e%2e",
        "/api/studies/..%2F..%2Fetc/trials/0/log", "/api/studies/reviews%00",
        "/api/studies/reviews/trials/..%2F..%2Fsecret/log",
        "/api/studies/reviews/trials/0/secret", "/api/studies/reviews/plots/..%2Fhistory",
    ])
    func `no path leads out of the studies`(_ path: String) async throws {
        let fixture = try DashboardFixture()
        let answer = try await fixture.get(path)
        #expect([400, 404].contains(answer.status), "\(path)")
        #expect(!String(buffer: answer.response.body).contains("root:"))
    }

    @Test func `only the studies that were named can be seen`() async throws {
        let fixture = try DashboardFixture()
        let settings = Dashboard.Settings(root: fixture.recorded.temporary.path, only: ["other"])
        let dashboard = Dashboard(
            settings, readSpace: { _, _ in nil }, rules: { _ in throw StudyStoreError.imported(name: "x") },
            readValues: { texts in Assignment(texts.mapValues { .array([.string($0)]) }) })
        try await dashboard.application().test(.router) { client in
            let hidden = try await client.execute(uri: "/api/studies/reviews", method: .get)
            #expect(hidden.status == .notFound)
            let list = try JSON.read(try await client.execute(uri: "/api/studies", method: .get))
            #expect(list.count == 0)
        }
    }

    @Test func `an address of no view is told by the page, and one of no answer in JSON`() async throws {
        let fixture = try DashboardFixture()
        try await fixture.dashboard.application().test(.router) { client in
            for (path, type) in [("/nope", "text/html"), ("/studies/a/b/c/d", "text/html"), ("/api/nope", "application/json")] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .notFound && response.headers[.contentType]?.hasPrefix(type) == true, "\(path)")
            }
        }
    }

    @Test func `nothing is changed by a look`() async throws {
        let fixture = try DashboardFixture()
        try await fixture.dashboard.application().test(.router) { client in
            for method in [HTTPRequest.Method.get, .put, .delete, .patch, .head] {
                let response = try await client.execute(uri: "/api/studies/reviews/requests", method: method)
                #expect([404, 405].contains(response.status.code))
            }
        }
    }

    @Test func `a request is recorded, and refused without the page's token`() async throws {
        let fixture = try DashboardFixture()
        let path = "/api/studies/reviews/requests"
        let note = #"{"kind": "note", "text": "<i>look</i>", "trial": 2}"#
        #expect(try await fixture.post(path, note, csrf: "").status == 403)
        #expect(try await fixture.post(path, note, csrf: String(repeating: "0", count: 64)).status == 403)
        #expect(try await fixture.post(path, note, type: "text/plain").status == 415)
        #expect(try fixture.recorded.store.requests().requests.isEmpty)
        let answered = try await fixture.post(path, note)
        #expect(answered.status == 200)
        #expect(answered.body["done"] == .bool(true))
        #expect(try await fixture.get("/api/studies/reviews/trials/2").body["notes"][0]["text"] == .string("<i>look</i>"))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"kind": "erase"}"#, #"{"kind": "note"}"#, #"{"kind": "prune"}"#,
        #"{"kind": "workers", "count": "many"}"#,
        #"{"kind": "enqueue", "values": 3}"#, #"{"kind": "remove", "number": 1.5}"#,
        // What is there has to be what it is for: it is not left out in silence.
        #"{"kind": "note", "text": "x", "trial": "2"}"#, #"{"kind": "tag", "text": "x", "trial": 1.5}"#,
        #"{"kind": "stop", "reason": 5}"#, #"{"kind": "prune", "trial": 2, "reason": ["x"]}"#,
        #"{"kind": "enqueue", "values": {}, "clone": "2"}"#, #"{"kind": "note", "text": 5}"#,
        #"{"kind": "enqueue", "settings": {"r": 5}}"#, #"{"kind": "enqueue", "settings": ["r"]}"#,
    ])
    func `what is no request is refused`(_ body: String) async throws {
        let fixture = try DashboardFixture()
        #expect(try await fixture.post("/api/studies/reviews/requests", body).status == 400)
        #expect(try fixture.recorded.store.requests().requests.isEmpty)
    }

    @Test(arguments: [
        "/studies/reviews", "//evil.example/", "/\\evil.example/", "/\\/evil.example", "///evil.example", "/studies//reviews",
    ])
    func `whoever comes with the token goes on without it, and to no other host`(_ path: String) async throws {
        let fixture = try DashboardFixture(host: "0.0.0.0")
        let token = try #require(fixture.dashboard.secrets.token)
        try await fixture.dashboard.application().test(.router) { client in
            let response = try await client.execute(
                uri: "\(path)?token=\(token)", method: .get, headers: [.named("Host"): "127.0.0.1"])
            guard response.status == .seeOther else {
                // An address that is none is not answered at all.
                #expect(response.status.code >= 400)
                return
            }
            let location = try #require(response.headers[.location])
            #expect(location.hasPrefix("/") && !location.dropFirst().hasPrefix("/") && !location.contains("\\"), "\(location)")
            #expect(!location.contains("token"))
            #expect(response.headers[.setCookie]?.contains("HttpOnly; SameSite=Lax") == true)
            let wrong = try await client.execute(uri: "\(path)?token=x", method: .get, headers: [.named("Host"): "127.0.0.1"])
            #expect(wrong.status == .unauthorized)
        }
    }

    @Test func `a request has its limits`() async throws {
        let fixture = try DashboardFixture()
        let long = #"{"kind": "note", "text": "\#(String(repeating: "x", count: 20_000))"}"#
        #expect(try await fixture.post("/api/studies/reviews/requests", long).status == 400)
        let longer = #"{"kind": "note", "text": "\#(String(repeating: "x", count: 100_000))"}"#
        #expect(try await fixture.post("/api/studies/reviews/requests", longer).status == 413)
    }

    @Test func `one that only shows takes no request`() async throws {
        let fixture = try DashboardFixture(isReadOnly: true)
        let answer = try await fixture.post("/api/studies/reviews/requests", #"{"kind": "note", "text": "x"}"#)
        #expect(answer.status == 403)
        #expect(answer.body["error"].text?.contains("--read-only") == true)
    }

    @Test func `every file that the page asks for is there, and no script is in the page itself`() async throws {
        let fixture = try DashboardFixture()
        var open = ["app.js"]
        var seen: Set<String> = []
        while let name = open.popLast() {
            guard seen.insert(name).inserted else { continue }
            let answer = try await fixture.get("/assets/\(name)")
            #expect(answer.status == 200, "\(name)")
            let text = String(buffer: answer.response.body)
            #expect(!text.contains("innerHTML") && !text.contains("eval(") && !text.contains("document.write"), "\(name)")
            open += text.matches(of: /from "\.\/([a-z]+\.js)"/).map { String($0.1) }
        }
        #expect(seen.count > 10)
        let page = String(buffer: try await fixture.get("/").response.body)
        #expect(page.matches(of: /<script[^>]*>/).allSatisfy { $0.0.contains("src=\"/assets/") })
        #expect(!page.contains("http://") && !page.contains("https://"))
        for match in page.matches(of: /\/assets\/([a-z.]+)/) {
            #expect(try await fixture.get("/assets/\(match.1)").status == 200)
        }
    }

    @Test func `a browser that has a file is told that it is the same`() async throws {
        let fixture = try DashboardFixture()
        try await fixture.dashboard.application().test(.router) { client in
            let first = try await client.execute(uri: "/assets/style.css", method: .get)
            let tag = try #require(first.headers[.eTag])
            let again = try await client.execute(uri: "/assets/style.css", method: .get, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.body.readableBytes == 0)
        }
    }
}
