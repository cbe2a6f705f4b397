import ArgumentParser
import Controller
import Exports
import Foundation
import StudyStore
import TrainerSettings

/// Ends a command with one line on standard error and the contract's exit code.
func failing(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        Console.error("autolora: " + "\(error)".printable)
        throw ExitCode(isWorkFailed(error) ? 1 : 2)
    }
}

/// Whether nothing was wrong with what was asked for.
private func isWorkFailed(_ error: any Error) -> Bool {
    if case .writeFailed = error as? StudyStoreError { return true }
    return error is ControllerError
}

/// Standard output for results, standard error for all else.
enum Console {
    static var drawsOnTerminal: Bool { drawsOn(STDERR_FILENO) }

    /// Whether a stream is a terminal that wants to be drawn on (no NO_COLOR, no dumb one).
    static func drawsOn(_ stream: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = !environment["NO_COLOR", default: ""].isEmpty || environment["TERM", default: "dumb"] == "dumb"
        return isatty(stream) == 1 && !isPlain
    }

    static func print(_ text: String) {
        write(text + "\n")
    }

    static func write(_ text: String) { write(Data(text.utf8)) }

    /// Ends the process where standard output is full or closed: a result that nobody gets is no success.
    static func write(_ bytes: Data) {
        do {
            try FileHandle.standardOutput.write(contentsOf: bytes)
        } catch {
            self.error("autolora: standard output cannot be written: \(String(cString: strerror(errno)))")
            exit(1)
        }
    }

    static func error(_ text: String) {
        draw(
            text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
                + "\n")
    }

    /// What is shown on the way must not end the work, wherever it goes.
    static func draw(_ text: String, on stream: Int32 = STDERR_FILENO) {
        try? FileHandle(fileDescriptor: stream).write(contentsOf: Data(text.utf8))
    }
}
