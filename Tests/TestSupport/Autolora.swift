import Foundation

/// Runs the built binary as a user would.
package struct Autolora: Sendable {
    package struct Result: Sendable {
        package let code: Int32
        package let output: String
        package let errors: String
    }

    /// Where it is started.
    package let folder: String

    package init(in folder: String) {
        self.folder = folder
    }

    /// A process that was started and not waited for. Its streams go to files, not pipes: nobody has to read while it runs.
    package func start(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        let name = "\(folder)/.\(UUID().uuidString)"
        return try ChildProcess(
            [TemporaryFolder.autolora] + arguments, in: folder, adding: environment,
            output: .file(name + ".out"), errors: .file(name + ".err"))
    }

    /// Runs a command to its end.
    package func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Result {
        try await wait(for: try start(arguments, environment: environment))
    }

    package func wait(for process: ChildProcess) async throws -> Result {
        try await process.end()
        return result(of: process)
    }

    /// Waits without giving the thread away: for ``onOwnThread(_:)``.
    package func block(on process: ChildProcess) -> Result {
        process.block()
        return result(of: process)
    }

    private func result(of process: ChildProcess) -> Result {
        Result(code: process.code, output: Self.take(process.output), errors: Self.take(process.errors))
    }

    private static func take(_ stream: ChildProcess.Stream) -> String {
        guard case .file(let path) = stream else { return "" }
        defer { try? FileManager.default.removeItem(atPath: path) }
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}

extension Autolora.Result {
    /// Standard output as JSON.
    package func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed) }
}

/// Runs what must not wait for its turn among all tests: what watches a process that does not wait either.
package func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
