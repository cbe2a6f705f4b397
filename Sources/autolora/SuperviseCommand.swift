import ArgumentParser
import CSupervisor
import Foundation
import TrialRunners

/// Stands between the controller and a trial's process: see CSupervisor. With --launch it is what a cluster's job runs.
struct SuperviseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Runs a trial's program and ends it with its controller.", shouldDisplay: false)

    @Option(help: "Milliseconds between TERM and KILL.") var grace = 5000
    @Option(help: "The folder of a launch; the job runs that.") var launch: String?
    @Argument(parsing: .postTerminator) var program: [String] = []

    func validate() throws {
        guard (launch == nil) == program.isEmpty else { return }
        throw ValidationError("give a program after --, or --launch and a folder")
    }

    func run() async throws {
        if let launch {
            let supervisor = JobSupervisor(
                folder: launch, executable: try StudySession.executable(), version: AutoLoRA.version,
                environment: ProcessInfo.processInfo.environment)
            throw ExitCode(await supervisor.run())
        }
        var words = program.map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        let code = CSupervisor.supervise(words, Int32(clamping: grace))
        throw ExitCode(code)
    }
}
