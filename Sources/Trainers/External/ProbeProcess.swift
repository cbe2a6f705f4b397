import Foundation
import TrainerSettings

/// A program that is run to its end, or to a limit of time, for what it says.
struct ProbeProcess {
    let command: [String]
    let environment: [String: String]
    let folder: String

    enum Result: Sendable, Hashable {
        case ended(code: Int32, output: String, errors: String)
        case tooLate
        case cannotStart(String)
    }

    /// Blocks the thread.
    ///
    /// - Parameters:
    ///   - place: a folder for what it prints.
    ///   - limit: seconds.
    func run(in place: String, limit: Double) throws -> Result {
        guard let program = path else { return .cannotStart("no folder of PATH has a program of that name") }
        guard ProgramPath.isProgram(program) else { return .cannotStart("there is no such program") }
        let streams = ["output", "errors"].map { place + "/" + $0 }
        for stream in streams { _ = FileManager.default.createFile(atPath: stream, contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: streams[0])
        process.standardError = FileHandle(forWritingAtPath: streams[1])
        let end = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in end.signal() }
        do { try process.run() } catch { return .cannotStart(systemReason(error)) }
        guard end.wait(timeout: .now() + limit) == .success else {
            // It has a process group of its own, with all that it started.
            kill(-process.processIdentifier, SIGKILL)
            kill(process.processIdentifier, SIGKILL)
            return .tooLate
        }
        let texts = streams.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        return .ended(code: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    /// The program's file, looked for as the system does.
    private var path: String? {
        guard let name = command.first else { return nil }
        return name.contains("/") ? name : ProgramPath(environment: environment).find(name)
    }
}
