package import TrainerSettings

/// A file or setting that the user has to mend before there is anything to do: where, and what is wrong there.
package struct InputError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file, with a line number where one is to blame.
    package let place: String
    package let problem: String

    package init(place: String, problem: String) {
        self.place = place
        self.problem = problem
    }

    package init(file: String, line: Int, problem: String) {
        self.init(place: "\(file):\(line)", problem: problem)
    }

    package init(_ error: TextFileError) {
        self.init(place: error.place, problem: error.problem)
    }

    package var description: String { "\(place): \(problem)" }
}
