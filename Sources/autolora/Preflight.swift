import Adapters
import Finetuning
import Foundation
import Models
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
    /// - Throws: what the files throw, each naming file and place; `SpaceFileError` for a choice that fits no module.
    func run() throws -> Feasibility {
        guard case .lora = specification.trainer else { return Feasibility(specification, labelCount: 0) }
        try file.requirePaths()
        let sample = sample
        let settings = try self.settings(sample)
        let labels = try DataSummary(settings).labels
        try checkPlacements()
        let classifier = try AdaptedClassifier(
            modelFolder: settings.model, labels: labels, lora: LoRAConfiguration(settings), seed: 0,
            initAdapter: settings.initAdapter)
        try checkLength(atMost: classifier.configuration.positionCount, in: sample)
        return Feasibility(specification, labelCount: labels.count)
    }

    /// A configuration such as any other.
    var sample: Assignment {
        var generator = SeededGenerator(specification.seed, -1)
        return specification.space.sample(using: &generator)
    }

    /// Reads the data for its labels, without the model.
    ///
    /// - Throws: `InputError` naming file and line; `TrainerSettingsError`.
    func labelCount() throws -> Int { try DataSummary(settings(sample)).labels.count }

    /// Refuses a length, fixed or searched, that the model has no positions for.
    private func checkLength(atMost limit: Int, in sample: Assignment) throws {
        let parameter = specification.space["max_length"]
        // Where it is searched under a condition, the other trials take the fixed one.
        var lengths = parameter.map { $0.distribution.greatest.map { [$0] } ?? [] } ?? []
        if parameter == nil || parameter?.condition != nil {
            var other = sample
            other["max_length"] = nil
            lengths.append(try settings(other).maxLength)
        }
        guard let length = lengths.max(), length > limit else { return }
        let isGiven = parameter != nil || specification.fixedSettings["max_length"] != nil
        throw file.refusal(
            of: "max_length", .int(length),
            "max_length: \(isGiven ? "found" : "the default is") \(length), the model takes at most \(limit)")
    }

    func settings(_ assignment: Assignment) throws -> TrainerSettings {
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

    /// Refuses target modules and layers that the model does not have; a model that cannot be read refuses none here.
    func checkPlacements() throws {
        guard case .lora = specification.trainer else { return }
        var models: [String: BertConfiguration] = [:]
        for assignment in placements {
            let settings = try settings(assignment)
            guard let model = models[settings.model] ?? (try? BertConfiguration(modelFolder: settings.model)) else {
                continue
            }
            models[settings.model] = model
            do {
                _ = try AdapterPlacement.modules(of: model, lora: LoRAConfiguration(settings))
            } catch {
                let value = assignment[error.setting] ?? specification.fixedSettings[error.setting]
                throw file.refusal(of: error.setting, value, error.problem)
            }
        }
    }
}

extension Distribution {
    /// The greatest whole number among the values; nil where there is none.
    fileprivate var greatest: Int? {
        switch self {
        case .constant(let value): value.integer
        case .categorical(let values, _): values.compactMap(\.integer).max()
        default: bounds.flatMap { Int(exactly: $0.upperBound.rounded(.down)) }
        }
    }
}

extension StudySpecification {
    /// What the space file gives the built-in trainer, apart from what is searched.
    fileprivate var fixedSettings: [String: SettingValue] {
        if case .lora(let fixed) = trainer { fixed } else { [:] }
    }
}
