import Adapters
import Finetuning
import Foundation
import SearchSpaces
import TrainerSettings

/// Finds out what would make every trial fail, before anything is written or launched.
struct Preflight {
    private let specification: StudySpecification
    private let file: SpaceFile

    init(_ specification: StudySpecification, file: SpaceFile) {
        self.specification = specification
        self.file = file
    }

    /// Reads the data and the model as a trial would, and places every choice of target modules and layers.
    ///
    /// - Returns: what tells whether a configuration keeps the constraints.
    /// - Throws: what the files throw, each naming file and place; `PreflightError` for a choice that fits no module.
    func run() throws -> Feasibility {
        guard case .lora = specification.trainer else { return Feasibility(specification, labelCount: 0) }
        try file.requirePaths()
        var generator = SeededGenerator(specification.seed, -1)
        let settings = try self.settings(specification.space.sample(using: &generator))
        let labels = try DataSummary(settings).labels
        for assignment in placements { try place(assignment, labelCount: labels.count) }
        _ = try AdaptedClassifier(
            modelFolder: settings.model, labels: labels, lora: LoRAConfiguration(settings), seed: 0,
            initAdapter: settings.initAdapter)
        return Feasibility(specification, labelCount: labels.count)
    }

    private func settings(_ assignment: Assignment) throws -> TrainerSettings {
        try TrainerSettings(values: specification.trainerSettings(for: assignment, seed: specification.seed))
    }

    /// A configuration for each combination of what decides where adapters go.
    private var placements: [Assignment] {
        var generator = SeededGenerator(specification.seed, -2)
        var placements = [specification.space.sample(using: &generator)]
        for name in ["target_modules", "layers_to_transform"] {
            guard let distribution = specification.space[name]?.distribution, let count = distribution.count else { continue }
            placements = placements.flatMap { placement in
                (0..<min(count, 100)).map { index in
                    var other = placement
                    other[name] = distribution.value(at: index)
                    return other
                }
            }
        }
        return placements
    }

    private func place(_ assignment: Assignment, labelCount: Int) throws {
        let settings = try settings(assignment)
        do {
            _ = try AdapterPlacement.trainableParameterCount(
                modelFolder: settings.model, labelCount: labelCount, lora: LoRAConfiguration(settings))
        } catch let error as PlacementError {
            throw PreflightError(file: file.file, problem: error.problem)
        }
    }
}

/// A choice in the space file that no trial could work with.
struct PreflightError: Error, CustomStringConvertible {
    let file: String
    let problem: String

    var description: String { "\(file): \(problem)" }
}

/// Tells from a configuration alone whether it keeps the constraints.
struct Feasibility: Sendable {
    private let specification: StudySpecification
    private let labelCount: Int

    init(_ specification: StudySpecification, labelCount: Int) {
        self.specification = specification
        self.labelCount = labelCount
    }

    /// What cannot be told is left to the trial.
    func isFeasible(_ assignment: Assignment) -> Bool {
        guard let limits = specification.constraints["trainable_parameters"], case .lora = specification.trainer,
            let values = try? specification.trainerSettings(for: assignment, seed: specification.seed),
            let settings = try? TrainerSettings(values: values),
            let count = try? AdapterPlacement.trainableParameterCount(
                modelFolder: settings.model, labelCount: labelCount, lora: LoRAConfiguration(settings))
        else { return true }
        return limits.allow(Double(count))
    }
}
