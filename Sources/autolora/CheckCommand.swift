import ArgumentParser
import SearchSpaces
import Strategies
import Studies

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
            try Preflight(specification, file: file).checkPlacements()
            let earlier = try EarlierStudies.read(for: specification, file: file, in: studies.root)
            let pace = Pace(of: specification.name, in: studies, comparableTo: specification)
            Console.print(SpaceDescription(specification).text)
            let text = firstTrials(of: specification, file: file, earlier: earlier)
            Console.print(text.map { "\n" + $0 + "\n" } ?? "")
            Console.print(ResourceStatement(file, pace: pace).text)
        }
    }

    /// As the study will try them, as far as the model can be asked what a constraint forbids.
    private func firstTrials(of specification: StudySpecification, file: SpaceFile, earlier: [EarlierStudy]) -> String? {
        guard !specification.constraints.keys.allSatisfy(specification.reportedConstraints.keys.contains) else {
            return FirstDesign(specification, earlier: earlier).text
        }
        guard let feasibility = try? Preflight(specification, file: file).run() else {
            let text = FirstDesign(specification, earlier: earlier).text
            return text.map { $0 + "\n(the model and data cannot be read: a constraint may yet forbid some of them)" }
        }
        return FirstDesign(specification, earlier: earlier, isFeasible: feasibility.isFeasible).text
    }
}
