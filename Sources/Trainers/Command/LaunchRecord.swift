import SearchSpaces
import TrainerSettings

/// How a command trainer's program was started, as an export tells it.
struct LaunchRecord {
    let command: [String]
    let environment: [String: String?]
    let folder: String

    /// What only one launch of a trial had.
    private static let passing: Set = ["AUTOLORA_RESUME_FROM", "AUTOLORA_STOP_AFTER", "AUTOLORA_REPORTS"]

    /// An environment for a command's macros in which the user's own variables stay macros: they may be secrets.
    ///
    /// - Parameter own: the names of those that are not.
    static func masked(_ environment: [String: String], own: some Collection<String>) -> [String: String] {
        environment.reduce(into: [:]) { masked, variable in
            let isShown = variable.key == "PATH" || own.contains(variable.key) && !passing.contains(variable.key)
            masked[variable.key] = isShown ? variable.value : "${envvar:\(variable.key)}"
        }
    }

    var value: SettingValue {
        let variables = environment.compactMapValues(\.self).filter { !Self.passing.contains($0.key) }
        return .object([
            "command": .array(command.map(SettingValue.string)),
            "environment": .object(variables.mapValues(SettingValue.string)), "folder": .string(folder),
        ])
    }
}
