package import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Has a connection closed after the answer where its client does not ask to keep it: one of HTTP/1.0, or one that says so in any letters.
/// Hummingbird knows the header `Connection: close`, in these letters alone, and cannot see a request's version.
package final class ClosingConnection: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = Never

    package init() {}

    /// The version is known before the codec alone.
    package func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        try? pipeline.addHandler(CloseHeader(), position: .before(codec))
    }
}

/// Writes `Connection: close` into requests that mean it.
private final class CloseHeader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), !head.isKeepAlive else { return context.fireChannelRead(data) }
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
