import FoundationEssentials
import TrainerSettings

/// How a trial's Python is started: which one, through which shell lines, in how many processes.
struct PythonCommand: Sendable, Hashable {
    /// The program: a path, or a name that PATH leads to.
    let program: String
    let setup: [String]
    /// Processes of one trial, one for each device.
    let processes: Int

    private static let usual = "python3"

    /// - Parameters:
    ///   - settings: the section's.
    ///   - folder: the space file's.
    init(_ settings: [String: SettingValue], in folder: String, home: String?, processes: Int = 1) {
        program = Self.program(settings["python"]?.text ?? Self.usual, in: folder, home: home)
        if case .array(let lines)? = settings["setup"] { setup = lines.compactMap(\.text) } else { setup = [] }
        self.processes = processes
    }

    /// The words that start a script.
    func words(_ arguments: [String]) -> [String] {
        let launcher = processes < 2 ? [] : ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=\(processes)"]
        let words = [program] + launcher + arguments
        guard !setup.isEmpty else { return words }
        let script = (["set -e"] + setup + ["exec \"$@\""]).joined(separator: "\n")
        return ["/bin/bash", "-c", script, "bash"] + words
    }

    /// An interpreter, or the one of an environment's folder.
    private static func program(_ written: String, in folder: String, home: String?) -> String {
        var path = written
        if let home, path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
        let whole = ExternalSettings.path(path, in: folder)
        var isFolder = false
        guard FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder) else {
            return path.contains("/") ? whole : path
        }
        return isFolder ? whole + "/bin/python" : whole
    }
}
