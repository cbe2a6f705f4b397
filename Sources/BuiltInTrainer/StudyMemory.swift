import Backbones
import Finetuning
import FoundationEssentials
import SearchSpaces
import Synchronization
import Tasks
import TrainerSettings
import Trainers

/// What a study's configurations take of the main memory where they run: each is planned once, before any is launched.
final class StudyMemory: Sendable {
    /// Settings on which no memory hangs; a configuration is planned once for each combination of the others.
    private static let indifferent: Set = [
        "learning_rate", "lora_alpha", "alpha_over_r", "weight_decay", "warmup_ratio", "lr_scheduler_type", "max_grad_norm",
        "eval_steps", "warmup_steps", "num_cycles", "min_lr_rate", "lr_end", "power", "timescale", "num_decay_steps",
        "decay_type",
        "label_smoothing_factor", "class_weights", "early_stopping_patience", "early_stopping_threshold",
        "use_rslora", "alpha_pattern", "loraplus_lr_ratio", "rank_start_learning_rate",
    ]
    /// Bytes of data files beyond which a plan is left to the trials: their texts are not tokenized twice.
    private static let mostData = 64 << 20
    /// Ways of reading the texts, by their greatest length for example, that are kept at once.
    private static let mostTexts = 8

    let study: StudySpecification
    /// The parameters that the plan hangs on.
    let searched: [Parameter]
    private let threads: Int
    /// Where trials run.
    let room: MemoryRoom
    private let known = Mutex(Known())

    private struct Known {
        var plans: [[SettingValue?]: MemoryPlan?] = [:]
        var sizes: [[SettingValue?]: Int?] = [:]
        var data: [[String: SettingValue]: TaskData?] = [:]
        var planned: [[String: SettingValue]: PlannedData] = [:]
        var allFit: Bool?
    }

    init(_ study: StudySpecification) {
        self.study = study
        searched = study.space.parameters.filter { !Self.indifferent.contains($0.ownName) }
        if let job = study.cluster {
            (room, threads) = (.job(job.memory.map { $0 << 20 }), job.cpus ?? 1)
        } else {
            // As trials that run at the same time share the processors.
            (room, threads) = (.machine, max(1, ProcessInfo.processInfo.activeProcessorCount / max(1, study.workers)))
        }
    }

    /// nil where it cannot be told: the trial tells it, or why not.
    func plan(of assignment: Assignment) -> MemoryPlan? {
        let key = searched.map { Self.asPlanned($0.name, assignment[$0.name]) }
        if let plan = known.withLock({ $0.plans[key] }) { return plan }
        let plan = try? fresh(assignment)
        known.withLock { $0.plans[key] = .some(plan) }
        return plan
    }

    /// Of a dropout only whether there is one matters.
    private static func asPlanned(_ name: String, _ value: SettingValue?) -> SettingValue? {
        name == "lora_dropout" ? value?.number.map { .bool($0 > 0) } ?? value : value
    }

    /// No memory hangs on the schedule.
    private func settings(_ assignment: Assignment) throws(TrainerSettingsError) -> TrainerSettings {
        try TrainerSettings(assignment, in: study, without: TrainerSettings.scheduleNames)
    }

    private func fresh(_ assignment: Assignment) throws -> MemoryPlan? {
        let settings = try settings(assignment)
        return try planner(settings)?.plan(within: MemoryLimit(settings, in: room))
    }

    /// The peak without checkpointing where that is `auto`, so that a larger configuration never looks smaller for being checkpointed.
    func size(of assignment: Assignment) -> Int? {
        guard let settings = try? settings(assignment) else { return nil }
        guard settings.gradientCheckpointing == .auto else { return plan(of: assignment)?.peak }
        let key = searched.map { Self.asPlanned($0.name, assignment[$0.name]) }
        if let size = known.withLock({ $0.sizes[key] }) { return size }
        let size = try? planner(settings)?.plan(within: nil).peak
        known.withLock { $0.sizes[key] = .some(size) }
        return size
    }

    private func planner(_ settings: TrainerSettings) throws -> MemoryPlanner? {
        guard let data = try planned(settings) else { return nil }
        return MemoryPlanner(settings, try Architectures.weights(of: settings.model), data)
    }

    /// Optimizer steps of a trial; nil where its data are not looked at here.
    func steps(of settings: TrainerSettings) -> Int? { (try? planned(settings))?.steps(settings) }

    private static let files = Set(
        TrainerSettings.dataShape + [
            "model", "train", "validation", "max_length", "task", "chat_template", "completion_only_loss",
            "assistant_only_loss",
        ])

    private func planned(_ settings: TrainerSettings) throws -> PlannedData? {
        let names = Self.files.union(PlannedData.settings)
        let key = settings.values.filter { names.contains($0.key) }
        if let planned = known.withLock({ $0.planned[key] }) { return planned }
        guard let data = try data(settings) else { return nil }
        var tokenized = TokenizedData(try TrainingTasks.task(settings.task), settings, cache: nil)
        let written = try tokenized.writing(settings.source(of: .validation) ?? settings.trainingSource)
        let tokens: Int = try Architectures.configuration(of: settings.model).partTokens
        let planned = PlannedData(
            settings, data, written: written, threads: settings.threads ?? threads, partTokens: tokens)
        known.withLock { known in
            if known.planned.count == Self.mostTexts { known.planned = [:] }
            known.planned[key] = planned
        }
        return planned
    }

    /// nil for data that are too large to be read here.
    private func data(_ settings: TrainerSettings) throws -> TaskData? {
        let key = settings.values.filter { Self.files.contains($0.key) }
        if let data = known.withLock({ $0.data[key] }) { return data }
        let files = Set([settings.train, settings.validation].compactMap(\.self))
        let size = files.reduce(0) { $0 + Self.size(of: $1) }
        var tokenized = TokenizedData(try TrainingTasks.task(settings.task), settings, cache: nil)
        let data = size > Self.mostData ? nil : try TaskData(TrainingTasks.task(settings.task), settings, from: &tokenized)
        known.withLock { known in
            if known.data.count == Self.mostTexts { known.data = [:] }
            known.data[key] = .some(data)
        }
        return data
    }

    private static func size(of file: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    }

    // MARK: - What fits

    /// What cannot be told is left to the trial.
    func allows(_ assignment: Assignment) -> Bool {
        if allFit { return true }
        return fits(assignment) ?? true
    }

    /// nil where it cannot be told.
    func fits(_ assignment: Assignment) -> Bool? {
        guard let plan = plan(of: assignment), let limit = limit(of: assignment) else { return nil }
        return limit.allows(plan)
    }

    func limit(of assignment: Assignment) -> MemoryLimit? {
        (try? settings(assignment)).flatMap { MemoryLimit($0, in: room) }
    }

    /// Whether even the largest configuration fits; then none need be planned.
    private var allFit: Bool {
        if let known = known.withLock({ $0.allFit }) { return known }
        let largest = MemoryExtremes(self, study).largest
        let fits = fits(largest) ?? true
        known.withLock { $0.allFit = fits }
        return fits
    }

    /// Why the study is not run: no configuration fits. nil: one does, or it cannot be told.
    var refusal: String? {
        if fits(ConfigurationChoices(study).sample) ?? true { return nil }
        let smallest = MemoryExtremes(self, study).smallest
        guard fits(smallest) == false, let plan = plan(of: smallest), let limit = limit(of: smallest),
            let settings = try? settings(smallest), let planner = try? planner(settings)
        else { return nil }
        return "of all configurations the smallest is too large: " + planner.refusal(of: plan, limit)
    }
}
