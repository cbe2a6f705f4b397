import Foundation
import Glibc
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Synchronization
import Testing
import TrainerSettings

@testable import ModelServer

/// What must be refused, with what status.
@Suite struct HostileTests {
    private let path = "/v1/completions"

    @Test(arguments: [
        "", "{", "[]", "null", "{\"prompt\": }", "{\"prompt\": 1}", "{}", #"{"prompt": "a", "max_tokens": 0}"#,
        #"{"prompt": "a", "max_tokens": -5}"#, #"{"prompt": "a", "max_tokens": 1e99}"#,
        #"{"prompt": "a", "temperature": "hot"}"#,
        #"{"prompt": "a", "top_p": 0}"#, #"{"prompt": "a", "n": 2}"#, #"{"prompt": "a", "tools": []}"#,
        #"{"prompt": ["a", 1]}"#,
        #"{"prompt": "a", "stop": [""]}"#, #"{"prompt": ["a", "b"], "stream": true}"#, #"{"prompt": []}"#,
        #"{"prompt": "a", "stream_options": {}}"#, #"{"prompt": "a", "stream_options": 5}"#,
        #"{"prompt": "a", "stream": true, "stream_options": {"include_usage": 5}}"#,
        #"{"prompt": "a", "stream": true, "stream_options": {"include": true}}"#, #"{"prompt": "a", "prompt": "b"}"#,
        #"{"prompt": "a", "stream": true, "stream_options": {"include_usage": true, "include_usage": false}}"#,
        #"{"model": 7, "prompt": "a"}"#, "\u{0}",
        String(repeating: "[", count: 100_000), #"{"prompt": "\ud800"}"#,
    ])
    func `what is no such request is a 400 with the reason`(body: String) async throws {
        let answer = try await ServerFixture().ask(path, body)
        #expect(answer.status == 400, "\(body.prefix(60)): \(answer.text)")
        #expect(answer.body["error"]["message"].text?.isEmpty == false)
        #expect(answer.body["error"]["type"].text == "invalid_request_error")
    }

    @Test(arguments: [
        "{}", #"{"messages": []}"#, #"{"messages": "hello"}"#, #"{"messages": [{"content": "a"}]}"#, #"{"messages": [1]}"#,
        #"{"messages": [{"role": "user", "content": "a"}], "prompt": "b"}"#, #"{"messages": [{"role": "user", "content": 5}]}"#,
        #"{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}"#,
        #"{"messages": [{"role": "user", "content": ["a"]}]}"#,
        #"{"messages": [{"role": "user", "content": [{"type": "text"}]}]}"#,
        #"{"messages": [{"role": "user", "content": "a", "name": "bob"}]}"#, #"{"messages": [{"role": "user"}]}"#,
        #"{"messages": [{"role": "user", "content": null}]}"#,
    ])
    func `what is no conversation is a 400 with the reason`(body: String) async throws {
        let answer = try await ServerFixture().ask("/v1/chat/completions", body)
        #expect(answer.status == 400 && answer.body["error"]["message"].text?.isEmpty == false, "\(answer.text)")
        #expect(!answer.text.contains(ServerFixture.model), "\(answer.text)")
    }

    @Test func `a body that is too large is refused, told or not`() async throws {
        let fixture = try ServerFixture({ $0.bodyLimit = 1000 })
        let large = #"{"prompt": ""# + String(repeating: "a", count: 5000) + "\"}"
        #expect(try await fixture.ask(path, large).status == 413)
        #expect(try await fixture.ask(path, large, [.contentLength: "100000000"]).status == 413)
    }

    @Test func `who sends all before reading is told too that it is too large, and a broken body is the client's fault`()
        async throws
    {
        let fixture = try ServerFixture({ $0.bodyLimit = 1 << 20 })
        let head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            let large = String(repeating: "a", count: 20 << 20)
            let answer = await RawClient.ask(port, head + "Content-Length: \(large.utf8.count)\r\n\r\n" + large)
            #expect(answer.hasPrefix("HTTP/1.1 413"), "\(answer)")
            let broken = await RawClient.ask(port, head + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n")
            #expect(broken.hasPrefix("HTTP/1.1 400"), "\(broken)")
        }
    }

    @Test(arguments: [
        "HTTP/1.0\r\n", "HTTP/1.0\r\nConnection: close\r\n", "HTTP/1.0\r\nConnection: keep-alive\r\n",
        "HTTP/1.1\r\nConnection: Close\r\n",
        "HTTP/1.1\r\nConnection: TE, close\r\n",
    ]) func `a connection that nobody asks to keep is closed after the answer`(words: String) async throws {
        // One that is kept waits far longer.
        let fixture = try ServerFixture({ $0.patience = 600 })
        try await fixture.server.application().test(.live) { client in
            let request = "GET /health \(words)Host: 127.0.0.1\r\n\r\n"
            let port = try #require(client.port)
            #expect(await RawClient.isClosed(port, after: request))
            let answer = await RawClient.ask(port, request)
            #expect(answer.hasPrefix("\(words.prefix(8)) 200") && answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test(arguments: ["HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: keep-alive\r\n"])
    func `a connection of HTTP 1 1 is kept where nobody says otherwise`(words: String) async throws {
        let fixture = try ServerFixture()
        let asked = "GET /health \(words)Host: 127.0.0.1\r\n\r\n"
        let last = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        try await fixture.server.application().test(.live) { client in
            let answers = await RawClient.ask(try #require(client.port), asked + asked + last)
            #expect(answers.components(separatedBy: "HTTP/1.1 200").count == 4, "\(answers)")
            #expect(answers.lowercased().components(separatedBy: "connection: close").count == 2, "\(answers)")
        }
    }

    @Test func `a client of HTTP 1 0 gets no chunks`() async throws {
        let fixture = try ServerFixture()
        let body = #"{"prompt": "a", "max_tokens": 3, "stream": true}"#
        let rest =
            "\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            let old = await RawClient.ask(port, "POST \(path) HTTP/1.0" + rest)
            #expect(old.hasPrefix("HTTP/1.0 200") && !old.lowercased().contains("transfer-encoding"), "\(old)")
            #expect(old.contains("\r\n\r\ndata: ") && old.hasSuffix("data: [DONE]\n\n"), "\(old)")
            let new = await RawClient.ask(port, "POST \(path) HTTP/1.1" + rest)
            #expect(new.lowercased().contains("transfer-encoding: chunked") && new.hasSuffix("0\r\n\r\n"), "\(new)")
        }
    }

    @Test func `HTTP 1 0 need not name the host, and a host that is named is looked at`() async throws {
        let fixture = try ServerFixture()
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            #expect(await RawClient.ask(port, "GET /health HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 200"))
            for request in [
                "GET /health HTTP/1.0\r\nHost: evil.example\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
                "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", "GET http://evil.example/health HTTP/1.0\r\n\r\n",
            ] {
                let answer = await RawClient.ask(port, request)
                #expect(answer.dropFirst(8).hasPrefix(" 421"), "\(request): \(answer)")
            }
        }
    }

    @Test func `who has no token, calls another host or sends no JSON is refused`() async throws {
        let fixture = try ServerFixture({ $0.token = "0123456789abcdef" })
        let body = #"{"prompt": "a", "max_tokens": 1}"#
        #expect(try await fixture.ask(path, body).status == 401)
        for token in [
            "", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0", "0123456789abcdef", "Basic 0123456789abcdef",
        ] {
            #expect(try await fixture.ask(path, body, [.authorization: token]).status == 401, "\(token)")
        }
        #expect(try await fixture.ask(path, body, [.authorization: "Bearer 0123456789abcdef"]).status == 200)
        #expect(try await fixture.ask(path, body, [.authorization: "bearer 0123456789abcdef"]).status == 200)
        #expect(try await fixture.ask("/metrics").status == 401)
        #expect(try await fixture.ask("/health").status == 200)
        let open = try ServerFixture()
        for type in ["text/plain", "application/jsonp", "application/json-seq", ";", ""] {
            #expect(try await open.ask(path, body, [.contentType: type]).status == 415, "\(type)")
        }
        #expect(try await open.ask(path, body, [.contentType: "Application/JSON ; charset=utf-8"]).status == 200)
        #expect(try await open.ask("/nowhere").status == 404)
    }

    @Test(arguments: [
        ("/v1/completions", "POST"), ("/v1/chat/completions", "POST"), ("/v1/classify", "POST"), ("/v1/models", "GET, HEAD"),
        ("/v1/adapters", "POST"), ("/v1/adapters/plain", "DELETE"), ("/health", "GET, HEAD"), ("/metrics", "GET, HEAD"),
    ])
    func `a method that an address has no answer to is a 405 with those that it has`(path: String, allowed: String) async throws
    {
        let fixture = try ServerFixture()
        try await fixture.server.application().test(.router) { client in
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let isTaken = allowed.split(separator: ", ").contains { $0 == method }
                let method = try #require(HTTPRequest.Method(method))
                let answer = try await client.execute(uri: path, method: method, headers: [.contentType: "application/json"])
                #expect((answer.status != .methodNotAllowed) == isTaken, "\(method) \(path): \(answer.status)")
                if !isTaken { #expect(answer.headers[.allow] == allowed) }
            }
        }
        #expect(fixture.engine.served.isEmpty == (allowed == "DELETE"))
    }

    @Test func `what is wrong with an adapter is told without its place`() async throws {
        let (files, root) = (FileManager.default, FileManager.default.temporaryDirectory.path + "/broken-\(UUID())")
        defer { try? files.removeItem(atPath: root) }
        try files.createDirectory(atPath: root + "/real/bad", withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: root + "/linked", withDestinationPath: root + "/real")
        try Data("{".utf8).write(to: URL(filePath: root + "/real/bad/adapter_config.json"))
        for folder in ["/real", "/linked"] {
            let answer = try await ServerFixture({ $0.adaptersFolder = root + folder }).ask("/v1/adapters", #"{"name": "bad"}"#)
            #expect(answer.status == 422, "\(answer.text)")
            #expect(answer.body["error"]["message"].text?.hasPrefix("bad/adapter_config.json:1:2: ") == true, "\(answer.text)")
        }
    }

    @Test func `a refusal names the message's field, and what a client sends back empty is no fault`() async throws {
        let fixture = try ServerFixture()
        func answer(_ message: String) async throws -> (status: Int, words: String) {
            let body = "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, \(message)], \"max_tokens\": 1}"
            let answer = try await fixture.ask("/v1/chat/completions", body)
            return (answer.status, answer.body["error"]["message"].text ?? answer.text)
        }
        let call = #"{"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}"#
        #expect(try await answer(call).words == "'messages[1].tool_calls' is not available here; leave it out")
        let empty = #"{"role": "assistant", "content": "b", "tool_calls": [], "refusal": null}"#
        let taken = try await answer(empty)
        #expect(taken.status == 200, "\(taken.words)")
        let long = try await fixture.ask(
            path, "{\"prompt\": \"a\", \"stop\": \"\(String(repeating: "x", count: 257))\"}")
        #expect(long.body["error"]["message"].text == "'stop' has a text of 257 bytes; expected 1 to 256", "\(long.text)")
    }

    @Test func `a page whose name leads here gets nothing`() async throws {
        let fixture = try ServerFixture()
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            func answer(_ host: String) async -> String {
                await RawClient.ask(port, "GET /v1/models HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
            }
            #expect(await answer("127.0.0.1:\(port)").hasPrefix("HTTP/1.1 200"))
            #expect(await answer("evil.example").hasPrefix("HTTP/1.1 421"))
            #expect(await answer("127.0.0.1.evil.example:\(port)").hasPrefix("HTTP/1.1 421"))
        }
    }

    @Test func `behind a proxy the token is enough`() async throws {
        let fixture = try ServerFixture({ $0.token = "0123456789abcdef" })
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            func answer(_ token: String) async -> String {
                let head = "GET /v1/models HTTP/1.1\r\nHost: models.example\r\nConnection: close\r\n"
                return await RawClient.ask(port, head + "Authorization: \(token)\r\n\r\n")
            }
            #expect(await answer("Bearer 0123456789abcdef").hasPrefix("HTTP/1.1 200"))
            #expect(await answer("Bearer another").hasPrefix("HTTP/1.1 401"))
        }
    }

    @Test(arguments: ["..", "../plain", "/etc", "a/../../b", "%2e%2e", "", ".ssh", "plain\u{0}", "linked", "nobody", "file"])
    func `nothing outside of the adapters' folder is added`(name: String) async throws {
        let files = FileManager.default
        let root = files.temporaryDirectory.path + "/hostile-\(UInt64.random(in: 0 ... .max))"
        defer { try? files.removeItem(atPath: root) }
        try files.createDirectory(atPath: root + "/adapters", withIntermediateDirectories: true)
        try files.copyItem(atPath: ServerFixture.model + "/adapter", toPath: root + "/adapters/good")
        try files.createSymbolicLink(atPath: root + "/adapters/linked", withDestinationPath: ServerFixture.model + "/adapter")
        try Data("secret".utf8).write(to: URL(filePath: root + "/adapters/file"))
        let fixture = try ServerFixture({ $0.adaptersFolder = root + "/adapters" })
        for key in ["folder", "name"] {
            let body: [String: SettingValue] =
                key == "name" ? ["name": .string(name)] : ["name": .string("new"), "folder": .string(name)]
            let answer = try await fixture.ask("/v1/adapters", JSONWriter.text(.object(body), .page))
            #expect((400..<500).contains(answer.status) && !answer.text.contains(root), "\(answer.text)")
        }
        #expect(try await fixture.ask("/v1/adapters", #"{"name": "good"}"#).status == 201)
        #expect(try await fixture.ask("/v1/adapters", #"{"name": "good"}"#).status == 409)
        #expect(try await fixture.ask("/v1/adapters/good", method: .delete).status == 200)
        #expect(try await fixture.ask("/v1/adapters/good", method: .delete).status == 404)
        #expect(fixture.engine.served.map(\.name) == ["plain"])
        let base = try await fixture.ask("/v1/adapters/base", method: .delete)
        #expect(base.status == 409 && base.text.contains("is the base, which cannot be removed"), "\(base.text)")
        #expect(try await ServerFixture().ask("/v1/adapters", #"{"name": "good"}"#).status == 403)
    }

    @Test func `what there is no room for is a 429`() async throws {
        let fixture = try ServerFixture(limits: { ($0.queue, $0.textsAtOnce) = (1, 1) })
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await fixture.ask(path, #"{"prompt": "the film", "max_tokens": 100, "temperature": 0}"#).status
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(statuses == [200, 429])
    }

    @Test func `a slow sender is let go with the reason`() async throws {
        let fixture = try ServerFixture({ $0.patience = 4 })
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            let head =
                "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            let slow = await RawClient.ask(port, head)
            #expect(slow.hasPrefix("HTTP/1.1 408"), "\(slow)")
        }
    }

    @Test func `a thousand connections are no end`() async throws {
        let fixture = try ServerFixture({ ($0.patience, $0.connections) = (0.5, 200) })
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            let open = (0..<1000).map { _ in RawClient.open(port) }
            defer { for socket in open { close(socket) } }
            // Those that say nothing are closed in time, and others get in.
            let answer = await RawClient.ask(port, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        }
    }
}
