import ArgumentParser
import BuiltInTrainer
import Dashboard
import Foundation
import HTTPAccess
import SearchSpaces
import SpaceFiles
import StudyStore

struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Shows studies in the browser, live, and steers them.",
        discussion: """
            Example: autolora dashboard --open
            Only this machine can open it, unless --host names an address that others reach: then its address has a token in it, \
            printed once. Ctrl-C ends it; studies go on.
            """)

    @Argument(
        help: "The studies to show; all of the folder's without any.",
        completion: .custom { words, _, _ in StudyNames.complete(words) }) var names: [String] = []
    @OptionGroup var studies: StudiesOption
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port; 0: any that is free.") var port = 8080
    @Flag(help: "Open it in the browser.") var open = false
    @Flag(help: "Show studies and steer none.") var readOnly = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port \(port): a port is a number from 0 to 65535") }
        if open, !HostName.isLoopback(host) {
            throw ValidationError(
                "--open: the address has a token in it, which others on this machine could read from the browser's command line; open what is printed yourself"
            )
        }
    }

    func run() async throws {
        try await failing {
            // A name that is wrong is said now, not by an empty page.
            for name in names { try requireStudy(name) }
            let settings = Dashboard.Settings(
                root: studies.root, only: names, host: host, port: port, isReadOnly: readOnly, version: AutoLoRA.version,
                studiesOption: studies.repeated, program: CommandLine.arguments[0])
            let dashboard = Dashboard(
                settings, readSpace: { store, record in try? store.spaceFile(of: record).specification },
                rules: SteeringRules.of, readValues: { try Assignment(written: $0) })
            if !FileManager.default.fileExists(atPath: studies.root) {
                Console.error(
                    "there is no folder \(studies.studies) yet: studies appear here once one is run there, or give another --studies"
                )
            }
            let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
            let signals = StopSignals { _ in stop.finish() }
            try await dashboard.run(until: { for await _ in stopped {} }) { address in
                Console.print("dashboard of \(studies.root): \(address)")
                Console.error("Ctrl-C ends it; studies go on\(readOnly ? "" : "; --read-only keeps it from steering any")")
                if open { Browser.open(address) }
            }
            signals.stop()
        }
    }

    private func requireStudy(_ name: String) throws {
        let folder = try StudyFolder(root: studies.root, name: name)
        guard StudyFolder.names(in: studies.root).contains(folder.name) else {
            _ = try StudyStore.open(folder, for: .reading)
            return
        }
    }
}
