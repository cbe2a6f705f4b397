/// A row of the table of the built-in trainer's settings (``TrainerSettings/table``): all that is known of one setting.
package struct TrainerSetting: Sendable {
    /// To what it belongs.
    package enum Owner: String, Sendable, CaseIterable {
        case data, task, method, optimizer, run
    }

    /// What a path leads to.
    package enum Path: Sendable, Hashable {
        /// A model's or an adapter's, for which people give names of the Hugging Face hub too.
        case modelFolder
        case dataFile
        case output
    }

    package let name: String
    package let owner: Owner
    /// What it does, for the documentation.
    package let meaning: String
    /// The values that it takes, in words.
    package private(set) var allowed: String
    /// What it is where nothing is given; nil: it is open then, which ``open`` says in words.
    package let usual: SettingValue?
    package private(set) var open: String?
    package private(set) var path: Path?
    /// What people call it elsewhere.
    package private(set) var otherNames: Set<String> = []
    /// Whether it says what the rows of the data are: configurations that differ in it could not be compared.
    package private(set) var shapesData = false
    /// Whether a checkpoint of a training with another value is of another training. (Data are compared themselves.)
    package private(set) var changesTraining = true
    /// Whether a study may search it.
    package private(set) var isSearchable = true
    /// Whether it is known and refused, but for values that ask for nothing.
    package let isPlanned: Bool
    /// The values of a planned one that ask for nothing.
    package let harmless: [SettingValue]

    /// How other trainers that have the setting read and write it; nil: as `take` and `put` do.
    private var plain: (@Sendable (SettingValue) throws(SettingMismatch) -> SettingValue)?
    private let take: @Sendable (SettingValue, inout TrainerSettings) throws(SettingMismatch) -> Void
    private var put: @Sendable (TrainerSettings) -> SettingValue?
    private var isRequired = false
    /// The ways of tuning that it means something to; nil: all.
    package private(set) var types: [TrainerSettings.FinetuningType]?
    private var check: (@Sendable (TrainerSettings, Set<String>) throws(TrainerSettingsError) -> Void)?

    /// A setting with a way of its own to be read and written.
    init(
        _ name: String, _ owner: Owner, _ meaning: String, allowed: String,
        _ ways: (
            take: @Sendable (SettingValue, inout TrainerSettings) throws(SettingMismatch) -> Void,
            put: @Sendable (TrainerSettings) -> SettingValue?
        )
    ) {
        (self.name, self.owner, self.meaning, self.allowed, isPlanned) = (name, owner, meaning, allowed, false)
        (take, put, usual, plain) = (ways.take, ways.put, ways.put(TrainerSettings()), nil)
        harmless = []
    }

    /// A setting that is one property.
    init<Value>(
        _ name: String, _ owner: Owner, _ property: any WritableKeyPath<TrainerSettings, Value> & Sendable,
        _ kind: SettingKind<Value>, _ meaning: String
    ) {
        self.init(
            name, owner, meaning, allowed: kind.allowed,
            (
                { (value, settings) throws(SettingMismatch) in settings[keyPath: property] = try kind.read(value) },
                { kind.write($0[keyPath: property]) }
            ))
    }

    /// A setting that is one property, nil where nothing is given.
    init<Value>(
        _ name: String, _ owner: Owner, _ property: any WritableKeyPath<TrainerSettings, Value?> & Sendable,
        _ kind: SettingKind<Value>, _ meaning: String
    ) {
        self.init(
            name, owner, meaning, allowed: kind.allowed,
            (
                { (value, settings) throws(SettingMismatch) in settings[keyPath: property] = try kind.read(value) },
                { $0[keyPath: property].map(kind.write) }
            ))
    }

    /// A setting that the built-in trainer does not have yet, and other trainers may.
    ///
    /// - Parameter harmless: the values that ask for nothing.
    init<Value>(
        planned name: String, _ owner: Owner, _ kind: SettingKind<Value>, harmless: [SettingValue], _ meaning: String
    ) {
        (self.name, self.owner, self.meaning, self.harmless, isPlanned) = (name, owner, meaning, harmless, true)
        allowed = kind.allowed
        (usual, put) = (nil, { _ in nil })
        take = { (value, _) throws(SettingMismatch) in
            guard harmless.contains(value) else { throw SettingMismatch("\(value) is not available yet") }
        }
        plain = { (value) throws(SettingMismatch) in kind.write(try kind.read(value)) }
    }

    /// A setting that no trainer has yet, or that is read by a way of its own.
    ///
    /// - Parameter harmless: the values that ask for nothing.
    init(planned name: String, _ owner: Owner, harmless: [SettingValue]) {
        self.init(
            planned: name, owner,
            SettingKind<SettingValue>(
                allowed: harmless.map(\.description).joined(separator: ", "),
                read: { (value) throws(SettingMismatch) in
                    guard harmless.contains(value) else { throw SettingMismatch("\(value) is not available yet") }
                    return value
                }, write: { $0 }), harmless: harmless, "not available yet")
        isSearchable = false
    }
}

extension TrainerSetting {
    /// Takes the setting's value from those that are given.
    ///
    /// - Parameter names: of all values that are given.
    func read(
        _ given: [String: SettingValue], _ names: Set<String>, into settings: inout TrainerSettings
    ) throws(TrainerSettingsError) {
        let value = given[name]
        if let value {
            do throws(SettingMismatch) { try take(value, &settings) } catch {
                throw TrainerSettingsError(setting: name, problem: error.problem)
            }
        }
        if isRequired, value == nil || value == .string("") {
            throw TrainerSettingsError(setting: name, problem: "missing; the built-in trainer needs it")
        }
        if value != nil, let types { try settings.refuse(name, of: types) }
        try check?(settings, names)
    }

    /// A value as it is written, be it checked for the built-in trainer or for another one that has the setting.
    ///
    /// - Throws: `TrainerSettingsError` for a value of the wrong kind or out of range.
    package func normal(_ value: SettingValue) throws(TrainerSettingsError) -> SettingValue {
        do throws(SettingMismatch) {
            if let plain { return try plain(value) }
            var settings = TrainerSettings()
            try take(value, &settings)
            return put(settings) ?? value
        } catch { throw TrainerSettingsError(setting: name, problem: error.problem) }
    }

    /// Whether something is to be checked even where nothing is given.
    var isLookedAtAlways: Bool { isRequired || check != nil }

    /// - Returns: nil where the setting need not be written, or means nothing.
    func value(in settings: TrainerSettings) -> SettingValue? {
        types?.contains(settings.finetuningType) == false ? nil : put(settings)
    }
}

/// What else a row can say of its setting.
extension TrainerSetting {
    private func with(_ change: (inout TrainerSetting) -> Void) -> TrainerSetting {
        var changed = self
        change(&changed)
        return changed
    }

    /// It has to be given.
    var required: TrainerSetting { with { ($0.isRequired, $0.open) = (true, "required") } }

    /// It takes no part in the course of training.
    var withoutEffect: TrainerSetting { with { $0.changesTraining = false } }

    /// A study sets it, or needs it to be the same in all trials.
    var unsearched: TrainerSetting { with { $0.isSearchable = false } }

    /// It says what the rows are.
    var shapingData: TrainerSetting { writtenWhereUnusual.with { ($0.shapesData, $0.isSearchable) = (true, false) } }

    /// It is written only where it is not as usual: a checkpoint from before there was such a setting is of the same trial.
    var writtenWhereUnusual: TrainerSetting {
        with { row in
            let (put, usual) = (row.put, row.usual)
            row.put = { settings in put(settings).flatMap { $0 == usual ? nil : $0 } }
        }
    }

    /// It means something to language models alone; any other value than the usual one is refused for another task.
    func forLanguageModels(where isUnusual: @escaping @Sendable (TrainerSettings) -> Bool) -> TrainerSetting {
        let name = name
        return checked { (settings, _) throws(TrainerSettingsError) in
            guard settings.task != .causalLanguageModel, isUnusual(settings) else { return }
            throw TrainerSettingsError(setting: name, problem: "is for causal-lm; the task is \(settings.task.rawValue)")
        }
    }

    /// It means something to these ways of tuning alone, is refused beside another, and not written there.
    func forTypes(_ types: TrainerSettings.FinetuningType...) -> TrainerSetting { with { $0.types = types } }

    /// It is a path. Where a path leads matters, and that is compared itself.
    func path(_ path: Path) -> TrainerSetting { with { ($0.path, $0.allowed, $0.changesTraining) = (path, "a path", false) } }

    /// Other trainers take other values.
    func elsewhere<Value>(_ kind: SettingKind<Value>) -> TrainerSetting {
        with { $0.plain = { (value) throws(SettingMismatch) in kind.write(try kind.read(value)) } }
    }

    /// What it comes to where nothing is given.
    func open(_ words: String) -> TrainerSetting { with { $0.open = words } }

    func alsoCalled(_ names: String...) -> TrainerSetting { with { $0.otherNames = Set(names) } }

    /// What has to hold once it is read, with the names of all settings that are given.
    func checked(
        _ check: @escaping @Sendable (TrainerSettings, Set<String>) throws(TrainerSettingsError) -> Void
    ) -> TrainerSetting { with { $0.check = check } }
}
