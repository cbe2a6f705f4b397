import ArgumentParser
import SearchSpaces
import Strategies

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads a space file and shows the space as understood.")

    @Argument(help: "The space file.") var space: String
    @OptionGroup var studies: StudiesOption

    func run() async throws {
        try await failing {
            let file = try SpaceFile(path: space)
            try file.requirePaths()
            for warning in file.warnings { Console.error("\(warning)") }
            let specification = file.specification
            let earlier = try EarlierStudies.read(for: specification, file: file.file, in: studies.root)
            let pace = Pace(of: specification.name, in: studies, comparableTo: specification)
            Console.print(SpaceDescription(specification).text)
            if let text = FirstDesign(specification, earlier: earlier).text { Console.print("\n" + text + "\n") }
            Console.print(ResourceStatement(specification, pace: pace).text)
        }
    }
}
