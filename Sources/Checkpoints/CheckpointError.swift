package import TrainerSettings

/// What is wrong with a file: its path, then the problem, in one line.
package struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let problem: String

    package init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    package init(_ error: AtomicFileError) { self.init(path: error.path, problem: error.problem) }

    package var description: String { "\(path): \(problem)" }
}
