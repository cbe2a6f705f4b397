import ArgumentParser
import Controller
import Foundation
import StudyStore
import TrainerSettings

/// Ends a command with one line on standard error and the exit code that docs/formats.md gives.
func failing(_ work: () async throws -> Void) async throws {
    outliveTruncation()
    do {
        try await work()
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        Console.error("autolora: " + errorText(error).printable)
        throw ExitCode(isWorkFailed(error) ? 1 : 2)
    }
}

/// Whether nothing was wrong with what was asked for.
private func isWorkFailed(_ error: any Error) -> Bool {
    if case .writeFailed = error as? StudyStoreError { return true }
    return error is ControllerError
}

/// Ends the process with a word where a file that it has mapped is cut short under it, SQLite's study.sqlite-shm say: what would
/// otherwise be a crash without one.
func outliveTruncation() {
    signal(SIGBUS) { _ in
        let words: StaticString =
            "autolora: a file that is in use was cut short by another program (a study's study.sqlite-shm, or a model); what was recorded is kept: start again\n"
        _ = Foundation.write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
        _exit(1)
    }
}
