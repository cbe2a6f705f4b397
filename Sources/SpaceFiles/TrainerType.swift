package import SearchSpaces
package import TrainerSettings

/// A type of trainer as the reader of space files knows it: it reads its own section and refuses what it cannot run, with the place.
package protocol TrainerType: Sendable {
    /// What `type` says in the trainer's section.
    var type: String { get }
    /// As messages call it: "the built-in trainer".
    var name: String { get }
    /// Keys at the file's top level that stand for a section: those of W&B's sweeps. None by default.
    var keysInsteadOfSection: [String] { get }
    /// Keys at the file's top level that only this trainer takes. None by default.
    var keysBesideSection: [String] { get }
    /// What its trials report; nil, the default: whatever the program prints.
    var figures: ReportedFigures? { get }
    /// Whether its trials' reports need no pattern and no file. By default where ``figures`` are known.
    var ownsReports: Bool { get }
    /// The settings that are paths of what must exist before a run. None by default.
    var inputPaths: [String] { get }

    /// The settings that `on_out_of_memory: halve_batch` changes, in a study of its own; nil, the default: it lacks one of them.
    func batchSettings(in study: StudySpecification) -> BatchSettings?
    /// Why it lacks one, for people.
    var reasonNotToHalve: String { get }

    func read(_ section: TrainerSection) throws(SpaceFileError) -> LocatedTrainer

    /// Refuses parameters, metrics and values that no trial could be launched with. By default there are none.
    func check(_ study: LocatedStudy) throws(SpaceFileError)

    /// What is allowed and yet probably not meant. Nothing by default.
    func warnings(about study: LocatedStudy) -> [(Position, String)]
}

extension TrainerType {
    package var keysInsteadOfSection: [String] { [] }
    package var keysBesideSection: [String] { [] }
    package var figures: ReportedFigures? { nil }
    package var ownsReports: Bool { figures != nil }
    package var inputPaths: [String] { [] }
    package func batchSettings(in study: StudySpecification) -> BatchSettings? { nil }
    package var reasonNotToHalve: String { "it has no gradient_accumulation_steps" }
    package func check(_ study: LocatedStudy) throws(SpaceFileError) {}
    package func warnings(about study: LocatedStudy) -> [(Position, String)] { [] }
}

/// The figures that a trainer's trials report, where they are known beforehand.
package struct ReportedFigures: Sendable, Hashable {
    /// What a study can be after besides, and what a constraint can hold.
    package let all: [String]
    /// Those by which a trainer tells the adapter to keep: what a study's first metric can be.
    package let rankings: [String]

    package init(all: [String], rankings: [String]) {
        self.all = all
        self.rankings = rankings
    }
}

/// Where a file tells of its trainer.
package struct TrainerSection: Sendable {
    /// The mapping under `trainer`; nil: keys at the top level stand for it.
    package let value: LocatedValue?
    /// The file's top level.
    package let root: Section
    /// The space file's, absolute: relative paths are taken from there.
    package let folder: String
}

/// The trainer as the file has it, with the places of what is said of it.
package struct LocatedTrainer: Sendable {
    package let specification: TrainerSpecification
    /// Of the section.
    package let position: Position
    /// Of each setting's value.
    package let places: [String: Position]

    package init(_ specification: TrainerSpecification, position: Position, places: [String: Position]) {
        self.specification = specification
        self.position = position
        self.places = places
    }

    package var settings: [String: SettingValue] { specification.settings }
}
