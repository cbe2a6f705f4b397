import HTTPAccess
package import Hummingbird
import Logging
import NIOCore
package import Serving

/// An HTTP server over a ``ServingEngine``, with OpenAI's ways to ask for texts.
package struct ModelServer: Sendable {
    private let settings: ServerSettings
    private let engine: ServingEngine
    let figures = RequestFigures()

    package init(_ engine: ServingEngine, _ settings: ServerSettings) { (self.engine, self.settings) = (engine, settings) }

    /// - Parameter onReady: called with the address once it can be asked.
    package func application(onReady: @escaping @Sendable (String) -> Void = { _ in }) -> some ApplicationProtocol {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ServerGate(settings, figures))
        let connections = Connections()
        ServerRoutes(engine: engine, settings: settings, figures: figures, connections: connections).add(to: router)
        let logger = Logger(label: "server") { _ in SwiftLogNoOpLogHandler() }
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ClosingConnection(), connections.watch()],
                    idleTimeout: .milliseconds(Int64(1000 * settings.idle)))),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: .maximum(settings.connections, logger: logger)),
            onServerRunning: { channel in
                // What listens on all addresses is asked by one of them.
                let name = ["0.0.0.0", "::"].contains(settings.host) ? HostName.own : HostName.inURL(settings.host)
                onReady("http://\(name):\(channel.localAddress?.port ?? settings.port)")
            }, logger: logger)
    }

    /// Serves until it is told to stop; then what was asked is still answered, as far as the time for that allows.
    ///
    /// - Parameters:
    ///   - stop: returns when it is time to.
    ///   - onReady: called with the address.
    /// - Throws: `ListenError` where the address cannot be had.
    package func run(until stop: @escaping @Sendable () async -> Void, onReady: @escaping @Sendable (String) -> Void)
        async throws
    {
        let server = application(onReady: onReady)
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.run() }
                group.addTask {
                    await stop()
                    figures.stop()
                    await figures.finished(within: settings.grace)
                    // Who still waits is told that nothing more comes.
                    engine.abandon()
                    await figures.finished(within: 2)
                }
                try await group.next()
                group.cancelAll()
            }
        } catch let error as IOError {
            throw ListenError(host: settings.host, port: settings.port, code: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw ListenError(unknown: settings.host)
        }
    }
}
