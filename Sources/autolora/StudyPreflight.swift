import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Strategies
import TrainerSettings
import Trainers
import TrialRunners

extension StudySpecification {
    /// The trainer that the space file names.
    var program: any Trainer { TrainerList.standard[trainer] }

    /// Refuses a run that this machine, or the limits that the user has on it, would stop half way, and what would make every trial
    /// fail. `check` shows what is found, `run` and `resume` go by it.
    ///
    /// - Parameter place: what a launch is told of its devices.
    /// - Throws: `ProcessLimitError`, `StrategyError`, and what the trainer throws.
    func preflight(_ file: SpaceFile, in place: Place = Place()) throws -> Preflight {
        if cluster == nil { try ProcessLimits.makeRoom(forTrials: workers) }
        if MethodChoice(self).method == .gp { try OpenBLAS.load() }
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in place.environment { environment[name] = value }
        return try program.preflight(self, file, environment: environment)
    }
}

extension SpaceFile {
    /// Looks for what the command starts, from other folders too.
    mutating func locate(besides folders: [String]) throws(SpaceFileError) -> Warning? {
        try specification.program.locate(&self, besides: folders)
    }
}

extension [Preflight.Finding] {
    /// A line for each thing that was read.
    var text: String { map { $0.kind.padded(18) + $0.text }.joined(separator: "\n") }
}
