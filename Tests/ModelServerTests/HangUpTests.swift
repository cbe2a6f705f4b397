import Foundation
import Glibc
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Synchronization
import TestSupport
import Testing
import TrainerSettings

@testable import ModelServer

/// Clients that hang up, and a server that ends, in the middle of an answer.
@Suite struct HangUpTests {
    /// Far more than is written meanwhile.
    private static let long = 64
    private static let texts = (0..<long).map { "\"the film \($0)\"" }.joined(separator: ", ")

    /// - Parameter fields: more of the request's.
    private static func request(_ fields: String = "", prompt: String = "[\(texts)]") -> String {
        let body = "{\"prompt\": \(prompt), \"max_tokens\": 120, \"temperature\": 0\(fields)}"
        return "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    private func fixture() throws -> ServerFixture { try ServerFixture(limits: { $0.textsAtOnce = 1 }) }

    @Test(arguments: [
        (request(), 2, "499"), (request(", \"stream\": true", prompt: "\"the film\""), long, "200"),
    ]) func `a client that hangs up stops its answer, and takes no place among those that wait`(
        request: String, clients: Int, status: String
    ) async throws {
        let fixture = try fixture()
        try await fixture.server.application().test(.live) { client in
            let port = try #require(client.port)
            // One is answered, the others wait.
            let sockets = (0..<clients).map { _ in RawClient.open(port) }
            for socket in sockets { _ = request.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) } }
            #expect(
                try await eventually {
                    let load = fixture.engine.load
                    return load.active == 1 && load.waiting > 0
                })
            for socket in sockets { close(socket) }
            #expect(try await eventually { fixture.engine.load == (0, 0) }, "\(fixture.engine.load)")
            let all = 120 * (status == "499" ? clients * Self.long : clients)
            #expect(fixture.engine.figures.tokens < all / 2)
            let counted = "autolora_requests_total{route=\"/v1/completions\",status=\"\(status)\"} \(clients)\n"
            var metrics = ""
            _ = try await eventually {
                metrics = try await client.execute(uri: "/metrics", method: .get) { String(buffer: $0.body) }
                return metrics.contains(counted)
            }
            #expect(metrics.contains(counted), "\(metrics)")
        }
    }

    @Test func `a connection goes on after an answer`() async throws {
        try await fixture().server.application().test(.live) { client in
            let short = Self.request(prompt: "\"the film\"")
            let last = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            let answers = await RawClient.ask(try #require(client.port), short + short + last)
            #expect(answers.components(separatedBy: "HTTP/1.1 200").count == 4, "\(answers)")
        }
    }

    @Test func `who waits when the time to end is over is told so`() async throws {
        let fixture = try ServerFixture({ $0.grace = 0.3 }, limits: { $0.textsAtOnce = 1 })
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        async let served: Void = fixture.server.run(
            until: { for await _ in stopped {} },
            onReady: { address in ready.yield(address.split(separator: ":").last.flatMap { Int($0) } ?? 0) })
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        // A stream that waits comes to its turn no more.
        async let whole = RawClient.ask(port, Self.request())
        #expect(try await eventually { fixture.engine.load.active == 1 })
        async let stream = RawClient.ask(port, Self.request(", \"stream\": true", prompt: "\"the film\""))
        #expect(try await eventually { fixture.server.figures.now.running == 2 })
        stop.finish()
        let (answer, events) = await (whole, stream)
        #expect(
            answer.hasPrefix("HTTP/1.1 503") && answer.contains("the server ended before the answer was whole"), "\(answer)")
        #expect(events.contains("the server ended before the answer was whole"), "\(events)")
        #expect(events.contains("data: [DONE]\n\n"), "\(events)")
        try await served
        #expect(fixture.engine.stop(within: 60))
    }
}
