import Adapters
import Finetuning
import Foundation
import SearchSpaces
import TrainerSettings

/// Finds out what would make every trial fail before anything is written or launched.
struct Preflight {
    private let specification: StudySpecification
    private let file: SpaceFile

    init(_ specification: StudySpecification, file: SpaceFile) {
        self.specification = specification
        self.file = file
    }

    /// - Throws: what the data, the model or the placement of adapters throws, each naming its file and place.
    func run() throws {
    }
}

/// Tells from a configuration alone whether it keeps the constraints.
struct Feasibility: Sendable {
    private let specification: StudySpecification

    init(_ specification: StudySpecification) {
        self.specification = specification
    }

    func isFeasible(_ assignment: Assignment) -> Bool { true }
}
