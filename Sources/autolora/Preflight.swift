import Finetuning
import SearchSpaces
import SpaceFiles
import TrainerSettings

/// Finds out what would make every trial fail, before anything is written or launched: `check` shows it, `run` and `resume` go by it.
///
/// The model is read in `Preflight+model.swift`, the data in `Preflight+data.swift`, a program of the user's in `Preflight+program.swift`;
/// what the machine allows is in `Preflight+machine.swift`.
struct Preflight {
    /// One thing that was read, or that was not, for people.
    struct Finding: Sendable, Hashable {
        /// "model", "tokenizer" or "data", say.
        let kind: String
        let text: String
    }

    struct Findings: Sendable {
        /// Tells whether a configuration keeps the constraints.
        let feasibility: Feasibility
        var read: [Finding] = []
        /// Of the data: rows, labels, classes, what is cut.
        var data: [Finding] = []
        /// What is allowed and yet probably not meant.
        var warnings: [String] = []

        /// A line for each thing that was read.
        var text: String { Self.text(read + data) }

        static func text(_ findings: [Finding]) -> String {
            findings.map { $0.kind.padded(18) + $0.text }.joined(separator: "\n")
        }
    }

    let specification: StudySpecification
    let file: SpaceFile

    init(_ specification: StudySpecification, file: SpaceFile) {
        self.specification = specification
        self.file = file
    }

    /// Reads what a trial would, in the order in which a user would mend it; nothing is trained.
    ///
    /// - Throws: what the files throw, each naming file and place; `SpaceFileError` for a choice that cannot be run.
    func run() throws -> Findings {
        try checkMachine()
        guard case .lora = specification.trainer else { return try program() }
        try file.requirePaths()
        let models = try models()
        try checkPlacements(on: models)
        let data = try data()
        try checkStart(of: models, head: data.head)
        return Findings(
            feasibility: Feasibility(specification, head: data.head),
            read: models.flatMap(\.findings), data: data.findings, warnings: data.warnings)
    }

    /// A configuration such as any other.
    var sample: Assignment {
        var generator = SeededGenerator(specification.seed, -1)
        return specification.space.sample(using: &generator)
    }

    func settings(_ assignment: Assignment) throws -> TrainerSettings {
        try TrainerSettings(values: specification.trainerSettings(for: assignment, seed: specification.seed))
    }

    /// A configuration for each combination of these parameters' values, the others drawn.
    func choices(of names: [String]) -> [Assignment] {
        names.reduce([sample]) { choices, name in
            guard let distribution = specification.space[name]?.distribution, let count = distribution.count else {
                return choices
            }
            return choices.flatMap { choice in
                (0..<min(count, Self.mostChoices)).map { index in
                    var other = choice
                    other[name] = distribution.value(at: index)
                    return other
                }
            }
        }
    }

    /// Of one parameter: a study of thousands of models is none.
    private static let mostChoices = 100

    /// Refuses what a configuration says of a setting, at its place in the file.
    func refusal(of setting: String, in assignment: Assignment, _ problem: String) -> SpaceFileError {
        file.refusal(of: setting, assignment[setting] ?? fixedSettings[setting], problem)
    }

    /// What the space file gives the built-in trainer, apart from what is searched.
    var fixedSettings: [String: SettingValue] {
        if case .lora(let fixed) = specification.trainer { fixed } else { [:] }
    }
}
