import ArgumentParser
import SearchSpaces

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads a space file and shows the space as understood.")

    @Argument(help: "The space file.") var space: String

    func run() async throws {
        try await failing {
            let file = try SpaceFile(path: space)
            try file.requirePaths()
            for warning in file.warnings { Console.error("\(warning)") }
            Console.print(SpaceDescription(file.specification).text)
        }
    }
}
