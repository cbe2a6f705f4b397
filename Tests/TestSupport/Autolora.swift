package import Foundation

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

    /// A process that was started and not waited for.
    package func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: TemporaryFolder.autolora)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: nobody has to read while the process runs.
        let name = UUID().uuidString
        for (stream, path) in [("out", \Process.standardOutput), ("err", \Process.standardError)] {
            let file = "\(folder)/.\(name).\(stream)"
            _ = FileManager.default.createFile(atPath: file, contents: nil)
            process[keyPath: path] = FileHandle(forWritingAtPath: file)
        }
        try process.run()
        return process
    }

    /// Runs a command to its end.
    package func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Result {
        try await wait(for: try start(arguments, environment: environment))
    }

    package func wait(for process: Process) async throws -> Result {
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        return result(of: process)
    }

    /// Waits without giving the thread away: for ``onOwnThread(_:)``.
    package func block(on process: Process) -> Result {
        while process.isRunning { usleep(2000) }
        return result(of: process)
    }

    private func result(of process: Process) -> Result {
        let errors = (process.standardError as? FileHandle).flatMap(Self.contents) ?? ""
        let output = (process.standardOutput as? FileHandle).flatMap(Self.contents) ?? ""
        return Result(code: process.terminationStatus, output: output, errors: errors)
    }

    private static func contents(of handle: FileHandle) -> String? {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(handle.fileDescriptor)")
        else { return nil }
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try? String(contentsOfFile: path, encoding: .utf8)
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
