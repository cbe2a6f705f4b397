import Foundation
import SearchSpaces
import SpaceFiles

extension Preflight {
    /// What can be told of a program that is not ours.
    ///
    /// - Throws: `SpaceFileError` for a command that cannot be started.
    func program() throws -> Findings {
        try file.requireCommand(environment: ProcessInfo.processInfo.environment)
        return Findings(
            feasibility: Feasibility(specification, head: nil),
            read: [Finding(kind: "not read", text: "the program, and what it reads: only a trial tells whether it runs")])
    }
}
