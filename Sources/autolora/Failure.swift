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
        Console.error("autolora: \(error)")
        throw ExitCode(error is ControllerError ? 1 : 2)
    }
}

/// Standard output for results, standard error for all else.
enum Console {
    static func print(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func error(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
