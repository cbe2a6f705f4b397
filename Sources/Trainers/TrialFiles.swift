package import SearchSpaces
package import Studies

/// Looks through what a trial left on the disk.
package protocol TrialFiles: Sendable {
    /// Whether the trainer writes all of them itself: what is there in their place is no program's own business then.
    var areAllKnown: Bool { get }

    /// - Parameter goal: the study's.
    func check(_ trial: Trial, in folder: TrialFolder, goal: Goal) -> CheckedFiles

    /// What is wrong with an adapter; nil: nothing.
    ///
    /// - Parameter path: of the trial's adapter, or of a copy of it.
    func damage(ofAdapter path: String, of trial: Trial, in folder: TrialFolder) -> FileDamage?
}

/// How many files of each kind were looked at, and what is wrong with them.
package struct CheckedFiles: Sendable, Hashable {
    package var checkpoints = 0
    package var adapters = 0
    package var damages: [FileDamage] = []

    package init() {}
}

/// A file that is not as it was written.
package struct FileDamage: Sendable, Hashable {
    package let place: String
    package let problem: String
    /// What to do next.
    package let advice: String

    package init(place: String, problem: String, advice: String) {
        self.place = place
        self.problem = problem
        self.advice = advice
    }
}
