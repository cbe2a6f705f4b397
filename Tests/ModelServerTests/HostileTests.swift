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
        #"{"prompt": "a", "stream_options": {}}"#, #"{"model": 7, "prompt": "a"}"#, "\u{0}",
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
        #"{"messages": [{"role": "user", "content": "a"}], "prompt": "b"}"#,
    ])
    func `what is no conversation is a 400 with the reason`(body: String) async throws {
        let answer = try await ServerFixture().ask("/v1/chat/completions", body)
        #expect(answer.status == 400 && answer.body["error"]["message"].text?.isEmpty == false, "\(answer.text)")
    }

    @Test func `a body that is too large is refused, told or not`() async throws {
        let fixture = try ServerFixture({ $0.bodyLimit = 1000 })
        let large = #"{"prompt": ""# + String(repeating: "a", count: 5000) + "\"}"
        #expect(try await fixture.ask(path, large).status == 413)
        #expect(try await fixture.ask(path, large, [.contentLength: "100000000"]).status == 413)
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
        #expect(try await fixture.ask("/metrics").status == 401)
        #expect(try await fixture.ask("/health").status == 200)
        let open = try ServerFixture()
        #expect(try await open.ask(path, body, [.contentType: "text/plain"]).status == 415)
        #expect(try await open.ask("/nowhere").status == 404)
        #expect(try await open.ask("/v1/models", method: .delete).status != 200)
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

    @Test func `a slow sender is let go, and a thousand connections are no end`() async throws {
        let fixture = try ServerFixture({ ($0.patience, $0.connections) = (0.5, 200) })
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            let head =
                "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            let slow = await RawClient.ask(port, head)
            #expect(slow.hasPrefix("HTTP/1.1 408") || slow.isEmpty, "\(slow)")
            let open = (0..<1000).map { _ in RawClient.open(port) }
            defer { for socket in open { close(socket) } }
            // Those that say nothing are closed in time, and others get in.
            let answer = await RawClient.ask(port, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        }
    }
}

/// Bytes over a connection of one's own.
enum RawClient {
    static func open(_ port: Int) -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return socket
    }

    /// What comes until the other side closes; 20 seconds at most. A thread of its own waits: the server needs the others.
    static func ask(_ port: Int, _ text: String) async -> String {
        await withCheckedContinuation { answer in
            Thread.detachNewThread { answer.resume(returning: exchange(port, text)) }
        }
    }

    private static func exchange(_ port: Int, _ text: String) -> String {
        let socket = open(port)
        defer { close(socket) }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = text.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        var (answer, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += buffer[..<count]
        }
    }
}
