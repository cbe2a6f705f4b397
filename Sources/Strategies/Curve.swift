import SearchSpaces
import Studies

/// The best loss that a trial had shown by each of its reports, turned so that less is better.
struct Curve: Sendable, Hashable {
    /// Where the best so far got better, by rising iter; numbers alone.
    private(set) var steps: [Step] = []
    /// The latest report's iter; 0: none yet.
    let last: Int
    /// Whether it goes no further by itself, so that its loss is what it comes to.
    let isWhole: Bool

    struct Step: Sendable, Hashable {
        let iter: Int
        let loss: Double
    }

    init(_ trial: Trial, goal: Goal) {
        // What a failed trial had shown is not taken for its worth.
        let reports = trial.state == .failed ? [] : trial.reports
        (last, isWhole) = (reports.last?.iter ?? 0, trial.state == .complete)
        for report in reports {
            let loss = goal == .minimize ? report.value : -report.value
            if loss.isFinite, steps.last.map({ loss < $0.loss }) ?? true { steps.append(Step(iter: report.iter, loss: loss)) }
        }
    }

    private init() { (last, isWhole) = (0, false) }

    /// That of a trial of which nothing is known.
    static let none = Curve()

    /// The best up to an iter; nil: no number until then.
    func loss(upTo iter: Int) -> Double? {
        steps.last { $0.iter <= iter }?.loss
    }
}
