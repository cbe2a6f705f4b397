package import TrainerSettings

/// JSON as a trial gets it.
package enum TrialJSON {
    package static func line(_ value: SettingValue) -> String { JSONWriter.text(value, .exact) }

    /// A whole file.
    package static func file(_ value: SettingValue) -> String {
        JSONWriter.text(value, .file) + "\n"
    }
}
