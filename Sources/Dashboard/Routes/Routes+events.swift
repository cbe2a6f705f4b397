import HTTPTypes
import Hummingbird
import NIOCore
import TrainerSettings

extension Routes {
    /// News as server-sent events: that something has changed, after which a page asks for what it shows.
    func addEvents(to router: Pages) {
        router.get("/api/events") { _, _ in Self.stream(await library.changes()) }
        router.get("/api/studies/:study/events") { _, context in
            Self.stream(await (try follower(context)).changes())
        }
    }

    private static func stream(_ changes: AsyncStream<String>) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                for await word in changes {
                    let data = JSONWriter.text(.string(word), .page)
                    try await writer.write(ByteBuffer(string: "event: change\ndata: \(data)\n\n"))
                }
                try await writer.finish(nil)
            })
    }
}
