/// How a study's best configurations are confirmed once it has been searched: `confirm` in the space file.
package struct ConfirmationSettings: Sendable, Hashable, Codable {
    /// How many configurations are retrained, the best of the search.
    package var top: Int
    /// How many seeds each of them gets at most.
    package var seeds: Int
    package var baseline: Baseline

    package static let defaultTop = 3
    package static let defaultSeeds = 5
    /// With one seed nothing tells how much they matter.
    package static let fewestSeeds = 2
    /// What seeds tell is worked out again after each trial, in a time that grows with the cube of configurations and seeds: at these
    /// bounds it takes a second or so, and that is a confirmation of many days.
    package static let (mostFinalists, mostSeeds) = (100, 100)
    package static let mostTrials = 1000

    /// What is wrong with so many configurations and seeds together; nil: nothing is.
    package var excess: String? {
        guard top * seeds > Self.mostTrials else { return nil }
        return "\(top) configurations with \(seeds) seeds each are \(top * seeds) trials, expected at most \(Self.mostTrials)"
    }

    package init(top: Int = defaultTop, seeds: Int = defaultSeeds, baseline: Baseline = .plain) {
        (self.top, self.seeds, self.baseline) = (top, seeds, baseline)
    }

    /// What the finalists are held against.
    package enum Baseline: Sendable, Hashable, Codable {
        /// Nothing that is searched is given: the trainer's own defaults hold.
        case plain
        /// A trial of the search, by number.
        case trial(Int)
        /// A configuration, whole or in part; what it leaves out is the trainer's default.
        case configuration(Assignment)
        /// There is none.
        case none
    }
}

extension ConfirmationSettings.Baseline: CustomStringConvertible {
    /// As `--baseline` takes it.
    package var description: String {
        switch self {
        case .plain: "default"
        case .none: "none"
        case .trial(let number): String(number)
        case .configuration(let assignment):
            assignment.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }
    }
}
