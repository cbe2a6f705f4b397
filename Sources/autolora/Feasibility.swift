import Backbones
import Finetuning
import Methods
import SearchSpaces
import Synchronization
import Tasks
import TrainerSettings

/// Tells from a configuration alone whether it keeps the constraints.
struct Feasibility: Sendable {
    private let specification: StudySpecification
    private let constraints: [String: Limits]
    private let sizes: AdapterSizes

    init(_ specification: StudySpecification, head: (any TaskHead)?) {
        self.specification = specification
        constraints = specification.constraints.filter { specification.reportedConstraints[$0.key] == nil }
        sizes = AdapterSizes(head: head)
    }

    /// What cannot be told is left to the trial.
    func isFeasible(_ assignment: Assignment) -> Bool {
        guard !constraints.isEmpty, let size = adapterSize(of: assignment) else { return true }
        let figures = ["trainable_parameters": size.trainableParameters, "adapter_bytes": size.bytes]
        return constraints.allSatisfy { name, limits in figures[name].map { limits.allow(Double($0)) } ?? true }
    }

    /// nil where the model cannot be read or the configuration is none.
    func adapterSize(of assignment: Assignment) -> AdapterSize? {
        guard let values = try? specification.trainerSettings(for: assignment, seed: specification.seed),
            let settings = try? TrainerSettings(values: values)
        else { return nil }
        return try? sizes.size(for: settings)
    }
}

/// The sizes of configurations' adapters, each worked out once: a strategy asks for many more than it proposes.
final class AdapterSizes: Sendable {
    private struct Key: Hashable {
        let model: String
        let method: String
    }

    private let head: (any TaskHead)?
    private let known = Mutex<[Key: AdapterSize]>([:])

    init(head: (any TaskHead)?) { self.head = head }

    func size(for settings: TrainerSettings) throws -> AdapterSize? {
        guard let head else { return nil }
        let method = TuningMethods.method(settings)
        let key = Key(model: settings.model, method: method.sizeKey)
        if let size = known.withLock({ $0[key] }) { return size }
        let size = try AdapterSize(of: method, head, on: Architectures.configuration(of: settings.model))
        known.withLock { $0[key] = size }
        return size
    }
}
