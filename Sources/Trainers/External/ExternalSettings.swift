import FoundationEssentials
import SearchSpaces
import TrainerSettings

/// A configuration in our names, for a trainer of others: the section's settings with the parameters applied, what a base says, and
/// everybody's usual values.
struct ExternalSettings: Sendable {
    private(set) var values: [String: SettingValue] = [:]
    /// The settings that the section or the parameters give, under the names that they come to.
    private(set) var given: Set<String> = []
    /// The trainer's own keys, passed on as they are.
    private(set) var options = TrainerKeys()
    let base: TrainerKeys?
    let dialect: Dialect

    /// - Throws: `TrainerSettingsError` for a name or value that is none, or that the trainer has no way to express.
    init(_ assignment: Assignment, in study: StudySpecification, _ dialect: Dialect) throws(TrainerSettingsError) {
        self.dialect = dialect
        base = study.trainer.base
        let named = try named(assignment, study.trainer.settings)
        for (name, value) in named { values[name] = try known(name).row.normal(value) }
        given = Set(values.keys)
        try requireTask()
        try requireFolder(in: study.folder)
        try refuse()
        if base == nil, let path = study.trainer.settings["base"]?.text, values["model"] == nil {
            let problem =
                "\(path) cannot be read as a configuration of \(dialect.name): it has to be a YAML file of keys and values"
            throw TrainerSettingsError(setting: "base", problem: problem)
        }
        takeBase()
        takeUsual(seed: study.seed)
        try resolve(in: study.folder)
    }

    /// The values that are given, by the settings' own names.
    private mutating func named(
        _ assignment: Assignment, _ section: [String: SettingValue]
    ) throws(TrainerSettingsError) -> [String: SettingValue] {
        if case .object(let values)? = section["options"] { options = TrainerKeys(values) }
        var named = section.filter { !ExternalSetting.keys.contains($0.key) }
        // What the search is told of the base is no wish of the section's: the base has it.
        if case .array(let names)? = named.removeValue(forKey: TrainerSpecification.baseNames) {
            for name in names.compactMap(\.text) { named[name] = nil }
        }
        named[TrainerSpecification.baseKeys] = nil
        for (one, other) in ExternalSetting.alternatives {
            if assignment[one] != nil, assignment[other] == nil { named[other] = nil }
            if assignment[other] != nil, assignment[one] == nil { named[one] = nil }
        }
        for (name, value) in assignment.values {
            if let path = Self.option(name) { options[path] = value } else { named[name] = value }
        }
        named = named.filter { $0.value != .null }
        for (alias, name) in ExternalSetting.aliases {
            guard let value = named.removeValue(forKey: alias) else { continue }
            guard named[name] == nil || assignment[alias] != nil && assignment[name] == nil else {
                throw TrainerSettingsError(setting: alias, problem: "is another name for \(name); keep one of the two")
            }
            named[name] = value
        }
        for (one, other) in ExternalSetting.alternatives where named[one] != nil && named[other] != nil {
            throw TrainerSettingsError(setting: one, problem: "given together with \(other); keep one of the two")
        }
        return named
    }

    /// The trainer's key that a parameter is; nil: it is a setting.
    static func option(_ parameter: String) -> String? {
        parameter.hasPrefix("options.") ? String(parameter.dropFirst("options.".count)) : nil
    }

    func known(_ name: String) throws(TrainerSettingsError) -> ExternalSetting {
        if let setting = ExternalSetting.named(name) { return setting }
        if let instead = ExternalSetting.builtInOnly[name] {
            throw TrainerSettingsError(setting: name, problem: "\(dialect.name) has no such setting; \(instead)")
        }
        let hint = nearestHint(to: name, among: ExternalSetting.all.map(\.name))
        throw TrainerSettingsError(setting: name, problem: "unknown setting" + hint)
    }

    // MARK: - What is not given

    private mutating func takeBase() {
        guard let base else { return }
        // The seed is the study's.
        for spelling in dialect.spellings where values[spelling.setting] == nil && spelling.setting != "seed" {
            let others = ExternalSetting.alternatives.filter { [$0.0, $0.1].contains(spelling.setting) }
            guard !others.contains(where: { given.contains($0.0) || given.contains($0.1) }) else { continue }
            guard let read = spelling.read, let key = spelling.keys.first, let value = base[key].flatMap(read) else { continue }
            values[spelling.setting] = try? ExternalSetting.named(spelling.setting)?.row.normal(value)
        }
        if values["max_steps"] != nil {
            values["num_train_epochs"] = given.contains("num_train_epochs") ? values["num_train_epochs"] : nil
        }
    }

    /// With a base, what nobody says stays as the trainer itself has it.
    private mutating func takeUsual(seed: Int) {
        if values["seed"] == nil { values["seed"] = .int(seed) }
        given.insert("seed")
        if values["task"] == nil { values["task"] = .string(dialect.tasks[0].rawValue) }
        guard base == nil else { return }
        let open: Set = ["model", "train", "validation", "lora_alpha", "num_train_epochs"]
        for setting in ExternalSetting.all where values[setting.name] == nil && !open.contains(setting.name) {
            values[setting.name] = dialect.usual[setting.name] ?? setting.usual
        }
        if values["max_steps"] == nil, values["num_train_epochs"] == nil, dialect["num_train_epochs"] != nil {
            values["num_train_epochs"] = .double(TrainerSettings.defaultEpochs)
        }
        if values["eval_batch_size"] == nil { values["eval_batch_size"] = values["batch_size"] }
    }

    // MARK: - What depends on others

    private mutating func resolve(in folder: String) throws(TrainerSettingsError) {
        try requireData()
        try resolveAlpha()
        for name in ["train", "validation", "test", "init_adapter"] {
            if let path = values[name]?.text { values[name] = .string(Self.path(path, in: folder)) }
        }
        if let model = values["model"]?.text { values["model"] = .string(Self.model(model, in: folder)) }
        try takeTargets()
    }

    /// PEFT's default targets, where another trainer would take others.
    private mutating func takeTargets() throws(TrainerSettingsError) {
        guard base == nil, values["target_modules"] == nil, let model = values["model"]?.text else { return }
        let folder = ModelFolder(model)
        if let targets = folder?.defaultTargets {
            values["target_modules"] = .array(targets.map(SettingValue.string))
        } else if dialect.hasOtherTargets, folder != nil || !model.hasPrefix("/") {
            throw TrainerSettingsError(
                setting: "target_modules",
                problem:
                    "missing; \(dialect.name)'s default is not PEFT's, which is not known for this model: name the modules, or all-linear"
            )
        }
    }

    private func requireData() throws(TrainerSettingsError) {
        func require(_ name: String, _ words: String = "") throws(TrainerSettingsError) {
            guard values[name]?.text?.isEmpty != false else { return }
            throw TrainerSettingsError(setting: name, problem: "missing; \(dialect.name) needs it" + words)
        }
        try require("model")
        for (name, reason) in dialect.required.sorted(by: { $0.key < $1.key }) where base == nil && values[name] == nil {
            throw TrainerSettingsError(setting: name, problem: "missing; \(reason)")
        }
        let namesData = base.map { base in dialect.dataKeys.contains { base[$0] != nil } } ?? false
        if namesData, values["train"] == nil, values["validation"] == nil { return }
        try require("train")
        if values["split"] == nil { try require("validation", ", a file of its own") }
    }

    private mutating func resolveAlpha() throws(TrainerSettingsError) {
        let rank = values["r"]?.number
        if let scale = values.removeValue(forKey: "alpha_over_r")?.number {
            guard let rank else {
                throw TrainerSettingsError(
                    setting: "alpha_over_r", problem: "needs 'r', which neither the section nor the base gives")
            }
            values["lora_alpha"] = .double(scale * rank)
            given.remove("alpha_over_r")
            given.insert("lora_alpha")
        } else if values["lora_alpha"] == nil, base == nil, let rank {
            values["lora_alpha"] = .double(2 * rank)
        }
    }

    /// Relative paths count from the space file's folder.
    static func path(_ path: String, in folder: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }

    /// A model's folder, or its name on the Hugging Face hub where there is no such folder and it looks like one.
    static func model(_ name: String, in folder: String) -> String {
        let path = path(name, in: folder)
        return !FileManager.default.fileExists(atPath: path) && HubName.isOne(name) ? name : path
    }
}

extension TrainerSpecification {
    /// The setting that holds a base's content: no name that a section could have.
    static let baseKeys = "base's keys"

    /// The setting that names those of the settings that are the base's.
    static let baseNames = "base's names"

    /// The user's own configuration that trials start from; nil: there is none.
    var base: TrainerKeys? {
        if case .object(let values)? = settings[Self.baseKeys] { TrainerKeys(values) } else { nil }
    }
}
