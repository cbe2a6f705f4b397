import Backbones
package import Finetuning
import Methods
package import SearchSpaces
import Synchronization
import Tasks
import TrainerSettings

/// Tells from a configuration alone whether it means something, keeps the constraints, and fits the memory that it may take.
package struct Feasibility: Sendable {
    private let constraints: [String: Limits]
    private let whole: WholeConfigurations
    private let sizes: AdapterSizes
    private let memory: StudyMemory?

    /// What a configuration tells of its adapter.
    static let figures = ["trainable_parameters", "adapter_bytes"]

    /// - Parameters:
    ///   - head: what the task puts on the model; nil: no size can be told.
    ///   - memory: nil: of memory nothing is asked.
    init(_ study: StudySpecification, head: (any TaskHead)?, memory: StudyMemory? = nil) {
        self.memory = memory
        whole = WholeConfigurations(study, memory)
        constraints = study.constraints.filter { Self.figures.contains($0.key) }
        sizes = AdapterSizes(study, head: head)
    }

    /// What cannot be told is left to the trial.
    package func isFeasible(_ assignment: Assignment) -> Bool {
        whole.problem(of: assignment) == nil && sizes.problem(of: assignment) == nil && keepsConstraints(assignment)
            && memory?.allows(assignment) ?? true
    }

    /// Why no trial could be launched with a configuration whose values are each allowed; nil: one can, as far as is known.
    func problem(of assignment: Assignment) -> TrainerSettingsError? {
        whole.problem(of: assignment) ?? sizes.problem(of: assignment)
    }

    /// Whether of a parameter's value only matters whether it is 0.
    func isFree(_ parameter: Parameter) -> Bool { whole.isFree(parameter.name) }

    private func keepsConstraints(_ assignment: Assignment) -> Bool {
        guard !constraints.isEmpty, let size = adapterSize(of: assignment) else { return true }
        let figures = ["trainable_parameters": size.trainableParameters, "adapter_bytes": size.bytes]
        return constraints.allSatisfy { name, limits in figures[name].map { limits.allow(Double($0)) } ?? true }
    }

    /// nil where the model cannot be read or the configuration is none.
    package func adapterSize(of assignment: Assignment) -> AdapterSize? { sizes.size(of: assignment) }
}

/// Whether configurations can be read as settings, each told once.
private final class WholeConfigurations: Sendable {
    /// Numbers of which only matters whether they are 0.
    private static let free: Set = [
        "weight_decay", "warmup_ratio", "lora_dropout", "max_grad_norm", "label_smoothing_factor", "loraplus_lr_ratio",
        "lora_alpha", "alpha_over_r", "rank_start_learning_rate", "early_stopping_threshold",
    ]
    private static let most = 10_000

    private let study: StudySpecification
    /// Knows how long a training by epochs is.
    private let memory: StudyMemory?
    private let searched: [(name: String, isFree: Bool)]
    private let known = Mutex<[[SettingValue?]: TrainerSettingsError?]>([:])

    init(_ study: StudySpecification, _ memory: StudyMemory?) {
        (self.study, self.memory) = (study, memory)
        // A rate is bound by nothing but the one at which a schedule ends.
        let hasEnd = study.space["lr_end"] != nil || study.trainer.settings["lr_end"] != nil
        var free = hasEnd ? Self.free : Self.free.union(["learning_rate"])
        // How many steps a warm-up takes decides whether those of a decay fit behind it.
        let decay = "num_decay_steps"
        if study.space.parameters.contains(where: { $0.ownName == decay }) || study.trainer.settings[decay] != nil {
            free.remove("warmup_ratio")
        }
        searched = study.space.parameters.map { ($0.name, free.contains($0.ownName)) }
    }

    func isFree(_ name: String) -> Bool { searched.contains { $0.name == name && $0.isFree } }

    func problem(of assignment: Assignment) -> TrainerSettingsError? {
        let key = searched.map { name, isFree in
            isFree ? assignment[name].map { SettingValue.bool($0.number == 0) } : assignment[name]
        }
        if let known = known.withLock({ $0[key] }) { return known }
        var problem: TrainerSettingsError?
        do throws(TrainerSettingsError) { problem = excess(try TrainerSettings(assignment, in: study)) } catch {
            problem = error
        }
        known.withLock { known in
            if known.count == Self.most { known = [:] }
            known[key] = .some(problem)
        }
        return problem
    }

    /// Of a schedule whose last steps are counted, over the training.
    private func excess(_ settings: TrainerSettings) -> TrainerSettingsError? {
        guard settings.shape.decaySteps != nil, case .epochs = settings.duration,
            let excess = memory?.steps(of: settings).flatMap(settings.decayExcess)
        else { return nil }
        return TrainerSettingsError(setting: "num_decay_steps", problem: excess)
    }
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

    /// What is known of a configuration; neither where it cannot be told.
    private struct Answer: Sendable {
        var size: AdapterSize?
        /// Of what the model has no place for.
        var problem: TrainerSettingsError?
    }

    private let study: StudySpecification
    private let searched: [String]
    private let head: (any TaskHead)?
    private let known = Mutex<[[SettingValue?]: Answer]>([:])

    init(_ study: StudySpecification, head: (any TaskHead)?) {
        self.study = study
        self.head = head
        searched = study.space.parameters.filter { !Self.indifferent.contains($0.ownName) }.map(\.name)
    }

    func size(of assignment: Assignment) -> AdapterSize? { answer(to: assignment).size }
    func problem(of assignment: Assignment) -> TrainerSettingsError? { answer(to: assignment).problem }

    private func answer(to assignment: Assignment) -> Answer {
        let key = searched.map { assignment[$0] }
        if let answer = known.withLock({ $0[key] }) { return answer }
        guard let head, let settings = try? TrainerSettings(assignment, in: study),
            let model = try? Architectures.configuration(of: settings.model)
        else { return Answer() }
        var answer = Answer()
        do throws(PlacementError) {
            answer.size = try AdapterSize(of: TuningMethods.method(settings), head, on: model)
        } catch {
            answer.problem = TrainerSettingsError(setting: error.setting, problem: error.problem)
        }
        known.withLock { $0[key] = answer }
        return answer
    }
}
