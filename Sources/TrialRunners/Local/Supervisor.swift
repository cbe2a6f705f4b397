import Glibc

/// The program between the controller and a trial's process (CSupervisor).
enum Supervisor {
    private static let name = "autolora-supervisor"
    /// Its exit code where there was no process to be had for the trial's program; a program may end so too.
    static let couldNotStart: Int32 = 126

    /// The words before a trial's command: the small program that lies beside the binary or, where that was moved without it, the
    /// binary itself.
    ///
    /// - Parameters:
    ///   - executable: the autolora binary.
    ///   - grace: seconds from TERM to KILL.
    static func words(executable: String, grace: Double) -> [String] {
        let milliseconds = String(Int(min(grace, 1e6) * 1000))
        let folder = executable.lastIndex(of: "/").map { String(executable[...$0]) } ?? ""
        let program = folder + name
        return access(program, X_OK) == 0
            ? [program, milliseconds] : [executable, "supervise", "--grace", milliseconds, "--"]
    }

    /// Whether a process's words are those of a supervisor.
    static func isOne(_ command: [Substring]) -> Bool {
        command.first?.hasSuffix(name) == true || command.dropFirst().first == "supervise"
    }
}
