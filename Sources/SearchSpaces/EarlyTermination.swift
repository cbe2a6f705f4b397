/// Who may go on; resources are counted in reports.
package enum EarlyTermination: Sendable, Hashable {
    case none
    /// A trial stops when its best is worse than the median of the others' at the same report.
    case median(warmUp: Int, startUpTrials: Int)
    case successiveHalving(Rungs)
    /// Brackets of successive halving; a single one where the rungs have no maximum.
    case hyperband(Rungs)
    case asha(Rungs, brackets: Int = 1)

    /// Where trials are compared; nil: nowhere in particular.
    package var rungs: Rungs? {
        switch self {
        case .none, .median: nil
        case .successiveHalving(let rungs), .hyperband(let rungs), .asha(let rungs, _): rungs
        }
    }

    /// Whether who goes on depends on the order in which trials come to a rung.
    package var isAsynchronous: Bool {
        if case .asha = self { true } else { false }
    }

    /// In words, for people.
    package var summary: String {
        switch self {
        case .none: "none"
        case .median(let warmUp, let startUp):
            "median, from report \(warmUp + 1) on, once \(startUp) other trials have come as far"
        case .successiveHalving(let rungs): "successive_halving, \(rungs.summary)"
        case .hyperband(let rungs):
            "hyperband, "
                + (rungs.maximum == nil
                    ? "a single bracket, as the file has no max_iter, " : "\(rungs.milestones.count + 1) brackets, ")
                + rungs.summary
        case .asha(let rungs, let brackets): "asha, " + (brackets > 1 ? "\(brackets) brackets, " : "") + rungs.summary
        }
    }

    /// The report at which trials are first compared; nil: they never are.
    package var firstComparison: Int? {
        if case .median(let warmUp, _) = self { warmUp + 1 } else { rungs?.minimum }
    }

    /// Rungs at minimum, minimum eta, minimum eta squared, ... reports, below the maximum.
    package struct Rungs: Sendable, Hashable {
        package let eta: Int
        package let minimum: Int
        /// nil: not known; a trial goes on until its program ends.
        package let maximum: Int?

        package init(eta: Int, minimum: Int, maximum: Int?) {
            self.eta = eta
            self.minimum = minimum
            self.maximum = maximum
        }

        /// The report counts at which trials are compared, rising; the maximum is not among them.
        package var milestones: [Int] {
            let rising = sequence(first: minimum) { rung -> Int? in
                let (next, overflow) = rung.multipliedReportingOverflow(by: eta)
                return overflow ? nil : next
            }
            return Array(rising.prefix { $0 < maximum ?? .max && $0 > 0 })
        }

        fileprivate var summary: String {
            guard let maximum else {
                let list = milestones.prefix(3).map(String.init).joined(separator: ", ")
                return "one in \(eta) goes on after \(list), ... reports"
            }
            let list = milestones.map(String.init).joined(separator: ", ")
            return "one in \(eta) goes on after \(list) of \(maximum) reports"
        }
    }
}
