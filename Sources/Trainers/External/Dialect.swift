import SearchSpaces
import TrainerSettings

/// How a trainer of others is told what our settings say: by which keys of its own, and what it has no key for.
///
/// A new one is a file in `Dialects/` and an element of ``all``.
struct Dialect: Sendable {
    /// `type` in the trainer's section.
    let type: String
    /// As messages call it.
    let name: String
    /// The package whose version counts, as `pip install` has it.
    let package: String
    let program: Program
    /// The first is meant where nothing is given.
    let tasks: [TrainerSettings.Task]
    /// In the order in which its file has them; a setting that is not here is refused.
    let spellings: [Spelling]
    /// What its usual values are where they are not everybody's.
    var usual: [String: SettingValue] = [:]
    /// Whether it takes other target modules than PEFT where none are given.
    var hasOtherTargets = false
    /// The settings that have to be given, and why.
    var required: [String: String] = [:]
    /// The schedules that it has, where these are not all of transformers'.
    var schedules: Set<TrainerSettings.LearningRateSchedule>?
    /// Its keys that name data of its own: with one of them in `base`, `train` need not be given.
    var dataKeys: [String] = []
    /// What its file says besides, unless `options` or `base` says otherwise.
    var constants: @Sendable (Compilation) -> [Key] = { _ in [] }
    /// What the program beside it relies on, whatever else was said; nil takes a key away.
    var needs: @Sendable (Compilation) -> [Key] = { _ in [] }
    /// Further files of a trial, by their names.
    var files: @Sendable (Compilation) -> [String: String] = { _ in [:] }
    /// The keys that `options` must not have, those of `needs` among them, each with what to do instead.
    var reserved: [String: String] = [:]
    /// Those of them that a base must not have either.
    var forbidden: Set<String> = []
    /// Why a setting is refused, where there is more to say than who has it.
    var reasons: [String: String] = [:]

    typealias Key = (name: String, value: SettingValue?)

    /// What is started.
    enum Program: Sendable, Hashable {
        /// The trainer's own module with our callback, on its own configuration.
        case bridge
        /// Our driver over mlx-lm's functions, on its configuration.
        case mlxDriver
        /// Our script, which reads config.json.
        case script
    }

    static let all = [peft, trl, llamaFactory, axolotl, mlx]

    subscript(setting: String) -> Spelling? { spellings.first { $0.setting == setting } }
}

/// How one setting is written in a trainer's own configuration.
struct Spelling: Sendable {
    let setting: String
    /// The keys that it decides, with points between those that are nested; none: config.json alone tells it.
    let keys: [String]
    let write: @Sendable (SettingValue, Compilation) throws(TrainerSettingsError) -> [Dialect.Key]
    /// Our value for that of the first key in a user's own configuration; nil: it stays as it is there.
    let read: (@Sendable (SettingValue) -> SettingValue?)?
    /// Whether config.json alone tells it.
    private(set) var isTold = false

    private init(
        _ setting: String, _ keys: [String], read: (@Sendable (SettingValue) -> SettingValue?)?,
        write: @escaping @Sendable (SettingValue, Compilation) throws(TrainerSettingsError) -> [Dialect.Key]
    ) {
        (self.setting, self.keys, self.read, self.write) = (setting, keys, read, write)
    }

    static func itself(_ value: SettingValue) -> SettingValue? { value }

    /// The same value, by the same name or another.
    static func same(_ setting: String, _ key: String? = nil) -> Spelling {
        let key = key ?? setting
        return Spelling(setting, [key], read: Spelling.itself) { value, _ in [(key, value)] }
    }

    /// Another value, or several keys.
    static func written(
        _ setting: String, _ keys: [String], read: (@Sendable (SettingValue) -> SettingValue?)? = nil,
        _ write: @escaping @Sendable (SettingValue, Compilation) throws(TrainerSettingsError) -> [Dialect.Key]
    ) -> Spelling { Spelling(setting, keys, read: read, write: write) }

    /// config.json tells it to the program; the trainer's own file need not.
    ///
    /// - Parameter keys: what the program makes of it, which nobody else is to give.
    static func told(_ setting: String, _ keys: String...) -> Spelling {
        var spelling = Spelling(setting, keys, read: nil) { _, _ in [] }
        spelling.isTold = true
        return spelling
    }

    /// The same, of a value that not all of may be had.
    static func told(
        _ setting: String, check: @escaping @Sendable (SettingValue, Compilation) throws(TrainerSettingsError) -> Void
    ) -> Spelling {
        var spelling = Spelling(setting, [], read: nil) { (value, compilation) throws(TrainerSettingsError) in
            try check(value, compilation)
            return []
        }
        spelling.isTold = true
        return spelling
    }
}
