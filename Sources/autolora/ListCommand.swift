import ArgumentParser
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the studies, or the exported adapters of a folder.",
        discussion: "Example: autolora list --adapters adapters")

    @OptionGroup var studies: StudiesOption
    @Option(help: "List the adapters in this folder and those in it, with what each says of itself.", completion: .directory)
    var adapters: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        try PathArguments.requireExpanded(adapters, option: "--adapters")
        if adapters != nil, studies.studies != "studies" {
            throw ValidationError("--adapters and --studies exclude each other: a folder of adapters is no folder of studies")
        }
    }

    func run() async throws {
        try await failing {
            if let adapters { return try list(adapters) }
            var rows = StudyFolder.names(in: studies.root).map { name in
                (
                    name,
                    Result {
                        try StudyStatus(
                            try StudyStore.open(StudyFolder(root: studies.root, name: name), for: .reading),
                            now: Date().timeIntervalSince1970)
                    }
                )
            }
            rows += StudyFolder.unusableNames(in: studies.root).map { ($0, .failure(UnusableName())) }
            guard !json else {
                for (name, row) in rows {
                    if case .failure(let error) = row { Console.error("autolora: study \(name): \(error)") }
                }
                return Console.print(json: .array(rows.compactMap { try? $0.1.get().json }))
            }
            if rows.isEmpty { Console.error("no studies in \(studies.studies)") }
            for (name, row) in rows {
                switch row {
                case .failure(let error): Console.print("\(name)  \(error)".printable)
                case .success(let status):
                    let best = status.best.map { "best \(SettingValue.short($0.report.value))" } ?? "no result"
                    Console.print(
                        "\(name)  \(status.state.rawValue)  \(status.trials) of \(status.study.runCap) trials  \(best)"
                    )
                }
            }
        }
    }

    private func list(_ folder: String) throws {
        let registry = try AdapterRegistry(folder.trimmingSuffix("/"))
        guard !json else { return Console.print(json: registry.json) }
        if registry.adapters.isEmpty { return Console.error("no adapters in \(folder)") }
        Console.print(registry.text)
    }
}

private struct UnusableName: Error, CustomStringConvertible {
    var description: String { "its name is not UTF-8, so that no command can be given it; rename the folder" }
}
