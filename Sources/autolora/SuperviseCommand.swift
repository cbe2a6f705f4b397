import ArgumentParser
import CSupervisor
import Foundation

/// Stands between the controller and a trial's process: see CSupervisor.
struct SuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Runs a trial's program and ends it with its controller.", shouldDisplay: false)

    @Option(help: "Milliseconds between TERM and KILL.") var grace = 5000
    @Argument(parsing: .postTerminator) var program: [String]

    func run() throws {
        var words = program.map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        let code = supervise(words, Int32(clamping: grace))
        throw ExitCode(code)
    }
}
