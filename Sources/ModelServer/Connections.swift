import Hummingbird
import NIOCore
import NIOHTTPTypes
import Serving
import Synchronization

/// Who listens at which connection, so that nothing is computed for clients that have hung up.
final class Connections: Sendable {
    private struct Connection {
        /// Whoever waits for the answer to the request that came last.
        var listener: Listener?
        var isOver = false

        /// - Returns: whether nobody listens any more.
        mutating func begin(_ listener: Listener) -> Bool {
            self.listener = listener
            return isOver
        }
    }

    /// nil: requests come without connections, as tests make them.
    private let open = Mutex<[ObjectIdentifier: Connection]?>(nil)

    /// The listener of a request that begins. They have left once their side of the connection is closed.
    func listener(at channel: any Channel) -> Listener {
        let listener = Listener()
        let isOver = open.withLock { open in
            guard open != nil else { return false }
            return open?[ObjectIdentifier(channel)]?.begin(listener) ?? true
        }
        if isOver { listener.leave() }
        return listener
    }

    /// What each connection has to have in its pipeline.
    func watch() -> any RemovableChannelHandler { ConnectionWatch(self) }

    fileprivate func opened(_ channel: any Channel) {
        open.withLock { open in
            if open == nil { open = [:] }
            open?[ObjectIdentifier(channel)] = Connection()
        }
    }

    fileprivate func hungUp(_ channel: any Channel) {
        let listener = open.withLock { open in
            open?[ObjectIdentifier(channel)]?.isOver = true
            return open?[ObjectIdentifier(channel)]?.listener
        }
        listener?.leave()
    }

    fileprivate func closed(_ channel: any Channel) {
        hungUp(channel)
        open.withLock { _ = $0?.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}

/// Tells when a connection's client closes it, or closes its half.
private final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let connections: Connections

    init(_ connections: Connections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) { connections.opened(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { connections.closed(context.channel) }

    func channelInactive(context: ChannelHandlerContext) {
        connections.closed(context.channel)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { connections.hungUp(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }
}
