import HTTPAccess
package import Hummingbird
import Logging
import NIOCore
import StudyStore

/// A server of pages that show the studies of a folder, live, and steer them by requests. It reads; what is asked for is done by the
/// study's own controller.
package struct Dashboard: Sendable {
    package struct Settings: Sendable {
        /// The folder with the studies, absolute.
        package var root: String
        /// Those that may be seen; empty: all.
        package var only: [String]
        package var host: String
        /// 0: any that is free.
        package var port: Int
        package var isReadOnly: Bool
        package var version: String
        /// The option with which commands find the studies, with a space before it; empty where they need none.
        package var studiesOption: String
        /// The program, beside which plotly.min.js is looked for.
        package var program: String

        package init(
            root: String, only: [String] = [], host: String = "127.0.0.1", port: Int = 8080, isReadOnly: Bool = false,
            version: String = "", studiesOption: String = "", program: String = ""
        ) {
            (self.root, self.only, self.host, self.port) = (root, only, host, port)
            (self.isReadOnly, self.version, self.studiesOption, self.program) = (isReadOnly, version, studiesOption, program)
        }
    }

    private let settings: Settings
    private let access: Access
    private let routes: Routes

    /// - Parameters:
    ///   - readSpace: reads a study's space file, by which plots know the axes.
    ///   - rules: judges configurations that are asked for while nobody runs the study.
    ///   - readValues: reads values as people write them.
    package init(
        _ settings: Settings, readSpace: @escaping SpaceReader, rules: @escaping RulesReader,
        readValues: @escaping ValuesReader
    ) {
        self.settings = settings
        let token = HostName.isLoopback(settings.host) ? nil : Secret.make()
        access = Access(host: settings.host, port: settings.port, token: token, isReadOnly: settings.isReadOnly)
        routes = Routes(
            settings: settings, csrf: access.csrf,
            library: StudyLibrary(root: settings.root, only: settings.only, readSpace: readSpace), rules: rules,
            readValues: readValues)
    }

    /// For tests: what has to be known to come from elsewhere, and to steer.
    package var secrets: (token: String?, csrf: String) { (access.token, access.csrf) }

    /// - Parameter onReady: called with the address once it can be opened.
    package func application(onReady: @escaping @Sendable (String) -> Void = { _ in }) -> some ApplicationProtocol {
        let router = Router()
        router.add(middleware: Gate(access: access))
        routes.add(to: router)
        return Application(
            router: router,
            server: .http1(
                configuration: .init(additionalChannelHandlers: [ClosingConnection()], idleTimeout: .seconds(120))),
            configuration: .init(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { channel in onReady(address(port: channel.localAddress?.port ?? settings.port)) },
            logger: Logger(label: "dashboard") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Serves until it is told to stop.
    ///
    /// - Parameters:
    ///   - stop: returns when it is time to.
    ///   - onReady: called with the address, which has the token where one is needed.
    /// - Throws: `ListenError` where the address cannot be had.
    package func run(until stop: @escaping @Sendable () async -> Void, onReady: @escaping @Sendable (String) -> Void)
        async throws
    {
        let server = application(onReady: onReady)
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.run() }
                group.addTask { await stop() }
                try await group.next()
                group.cancelAll()
            }
        } catch let error as IOError {
            throw ListenError(host: settings.host, port: settings.port, code: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw ListenError(unknown: settings.host)
        }
    }

    private func address(port: Int) -> String {
        // What listens on all addresses is opened by one of them.
        let name = ["0.0.0.0", "::"].contains(settings.host) ? HostName.own : HostName.inURL(settings.host)
        return "http://\(name):\(port)/" + (access.token.map { "?token=\($0)" } ?? "")
    }
}
