package import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Has a connection closed after the answer where its client does not ask to keep it: one that says so in any letters, or one of HTTP/1.0,
/// whose answers without a length end where the connection does. Hummingbird knows the header `Connection: close`, in these letters
/// alone, and cannot see a request's version.
package final class ClosingConnection: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = Never

    package init() {}

    /// The version is known before the codec alone.
    package func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        try? pipeline.addHandler(ClientVersion(), position: .before(codec))
    }
}

/// Writes `Connection: close` into requests that mean it and into their answers, and answers HTTP/1.0 in its own terms.
private final class ClientVersion: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Of requests that have no whole answer yet: a client may send several at once.
    private var asked: [(isOld: Bool, closes: Bool)] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isOld = head.version == .http1_0
        let closes = isOld || !head.isKeepAlive
        asked.append((isOld, closes))
        if closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        // Clients of HTTP/1.0 need not say whom they call. Browsers do, so that no page of another site comes by this.
        if isOld, head.uri.hasPrefix("/"), !head.headers.contains(name: "Host") {
            head.headers.add(name: "Host", value: "localhost")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            // Without a request there is an answer to words that are none.
            guard let first = asked.first else { return context.write(data, promise: promise) }
            if first.closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            // By it no chunks are written.
            if first.isOld { head.version = .http1_0 }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            if !asked.isEmpty { asked.removeFirst() }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        }
    }
}
