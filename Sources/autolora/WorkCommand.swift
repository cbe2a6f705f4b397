import ArgumentParser
import Foundation
import TrialRunners

/// What a pilot's job runs on a cluster: launches of trials, one after the other.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Runs the launches that a run gives it, in a job of a cluster.", shouldDisplay: false)

    @Argument(help: "The pilot's folder.") var folder: String

    func run() async throws {
        let pilot = Pilot(
            folder: folder, executable: try StudySession.executable(), version: AutoLoRA.version,
            environment: ProcessInfo.processInfo.environment)
        throw ExitCode(await pilot.run())
    }
}
