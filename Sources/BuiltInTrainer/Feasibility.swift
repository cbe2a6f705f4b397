import Backbones
package import Finetuning
import Methods
package import SearchSpaces
import Synchronization
import Tasks
import TrainerSettings

/// Tells from a configuration alone whether it keeps the constraints, and fits the memory that it may take.
package struct Feasibility: Sendable {
    private let constraints: [String: Limits]
    private let sizes: AdapterSizes
    private let memory: StudyMemory?
    /// Where what one parameter may be hangs on another: tells whether a configuration can be read at all.
    private let study: StudySpecification?

    /// What a configuration tells of its adapter.
    static let figures = ["trainable_parameters", "adapter_bytes"]

    /// - Parameters:
    ///   - head: what the task puts on the model; nil: no size can be told.
    ///   - memory: nil: of memory nothing is asked.
    init(_ study: StudySpecification, head: (any TaskHead)?, memory: StudyMemory? = nil) {
        self.memory = memory
        let schedule = ["num_decay_steps", "lr_end"] + (study.space["lr_scheduler_type"] == nil ? [] : ["lr_scheduler_type"])
        self.study = schedule.contains { study.space[$0] != nil || study.trainer.settings[$0] != nil } ? study : nil
        constraints = study.constraints.filter { Self.figures.contains($0.key) }
        sizes = AdapterSizes(study, head: head)
    }

    /// What cannot be told is left to the trial.
    package func isFeasible(_ assignment: Assignment) -> Bool {
        isWhole(assignment) && keepsConstraints(assignment) && memory?.allows(assignment) ?? true
    }

    private func isWhole(_ assignment: Assignment) -> Bool {
        guard let study else { return true }
        return (try? TrainerSettings(assignment, in: study)) != nil
    }

    private func keepsConstraints(_ assignment: Assignment) -> Bool {
        guard !constraints.isEmpty, let size = adapterSize(of: assignment) else { return true }
        let figures = ["trainable_parameters": size.trainableParameters, "adapter_bytes": size.bytes]
        return constraints.allSatisfy { name, limits in figures[name].map { limits.allow(Double($0)) } ?? true }
    }

    /// nil where the model cannot be read or the configuration is none.
    package func adapterSize(of assignment: Assignment) -> AdapterSize? { sizes.size(of: assignment) }
}

/// The sizes of configurations' adapters, each worked out once: a strategy asks for many more than it proposes.
private final class AdapterSizes: Sendable {
    /// Settings that no size depends on; whole settings are read once for each combination of the others that are searched.
    private static let indifferent: Set = [
        "learning_rate", "lora_alpha", "alpha_over_r", "lora_dropout", "weight_decay", "warmup_ratio", "lr_scheduler_type",
        "max_grad_norm", "batch_size", "max_length", "max_steps", "num_train_epochs", "eval_steps", "shuffle", "seed",
        "gradient_checkpointing", "warmup_steps", "num_cycles", "min_lr_rate", "lr_end", "power", "timescale",
        "num_decay_steps", "decay_type",
        "label_smoothing_factor", "class_weights", "early_stopping_patience", "early_stopping_threshold", "group_by_length",
        "use_rslora", "alpha_pattern", "loraplus_lr_ratio", "rank_allocation", "rank_start", "rank_start_learning_rate",
    ]

    private let study: StudySpecification
    private let searched: [String]
    private let head: (any TaskHead)?
    private let known = Mutex<[[SettingValue?]: AdapterSize]>([:])

    init(_ study: StudySpecification, head: (any TaskHead)?) {
        self.study = study
        self.head = head
        searched = study.space.parameters.map(\.name).filter { !Self.indifferent.contains($0) }
    }

    func size(of assignment: Assignment) -> AdapterSize? {
        let key = searched.map { assignment[$0] }
        if let size = known.withLock({ $0[key] }) { return size }
        guard let head, let settings = try? TrainerSettings(assignment, in: study),
            let model = try? Architectures.configuration(of: settings.model),
            let size = try? AdapterSize(of: TuningMethods.method(settings), head, on: model)
        else { return nil }
        known.withLock { $0[key] = size }
        return size
    }
}
