package import SearchSpaces
package import Studies

/// A trial that is to be launched, and what its trainer may need to know for it.
package struct LaunchRequest: Sendable {
    package let trial: Trial
    package let study: StudySpecification
    package let folder: TrialFolder
    /// Which of the trials at the same time it is, from 0, and the threads that it may use.
    package let worker: Int
    package let threads: Int
    /// This binary.
    package let autolora: String
    /// What every trial's process is told by its environment; nil takes a variable away.
    package let variables: [String: String?]
    /// The environment that the process inherits.
    package let inherited: [String: String]

    package init(
        _ trial: Trial, of study: StudySpecification, in folder: TrialFolder, worker: Int, machine: Machine,
        variables: [String: String?]
    ) {
        self.trial = trial
        self.study = study
        self.folder = folder
        self.worker = worker
        self.variables = variables
        (threads, autolora, inherited) = (machine.threads, machine.autolora, machine.environment)
    }

    /// What is the same for all launches of a run.
    package struct Machine: Sendable {
        package let autolora: String
        package var threads: Int
        package let environment: [String: String]

        package init(autolora: String, threads: Int, environment: [String: String]) {
            self.autolora = autolora
            self.threads = threads
            self.environment = environment
        }
    }
}

/// What is started for a trial.
package struct TrialProgram: Sendable, Hashable {
    /// The program and its arguments; it never goes through a shell.
    package var command: [String]
    /// What its process is told besides; nil takes a variable away.
    package var environment: [String: String?]
    /// Texts of files by their names, which may have folders in them; they are in the trial's folder before the program starts.
    package var files: [String: String]

    package init(command: [String], environment: [String: String?] = [:], files: [String: String] = [:]) {
        self.command = command
        self.environment = environment
        self.files = files
    }
}
