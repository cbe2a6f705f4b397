/// Whether a trial's steps count over its whole life, so that they tell which reports it makes again.
///
/// Steps that fall within a launch do not (each epoch is counted from 1, say); nor do those that a launch from a checkpoint counts
/// from the trial's first step on, with other figures than the first time.
package struct StepCount: Sendable, Hashable {
    /// Where steps turned out to begin again.
    package struct Beginning: Sendable, Hashable {
        package let step: Int
        /// The step before it.
        package let after: Int
    }

    private let earlier: [Int: Double]
    private let first: Int?
    private let last: Int?
    private let resumed: Bool
    /// Whether reports can be told apart by their steps.
    private var counts: Bool
    /// The latest step of the launch.
    private var latest: Int?
    /// Whether the launch's first step is the trial's first one or below it.
    private var startsLow = false
    package private(set) var beginning: Beginning?

    /// - Parameters:
    ///   - reports: made before the launch.
    ///   - resumed: whether it goes on from a checkpoint.
    ///   - step: of a report; where lines have no steps, their epochs do as well.
    init(_ reports: [Report], resumed: Bool, by step: (Report) -> Int? = \.step) {
        let steps = reports.compactMap(step)
        earlier = Dictionary(reports.compactMap { report in step(report).map { ($0, report.value) } }) { $1 }
        (first, last, self.resumed) = (steps.first, reports.last.flatMap(step), resumed)
        counts = zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// Takes the next report's step.
    mutating func take(_ step: Int, _ value: Double) {
        defer { latest = step }
        if let latest {
            if step <= latest { begin(at: step, after: latest) }
        } else if resumed, let first {
            startsLow = step <= first
        }
        guard startsLow, let last, step <= last, earlier[step]?.isSameFigure(as: value) != true else { return }
        begin(at: step, after: last)
    }

    private mutating func begin(at step: Int, after before: Int) {
        if counts { beginning = Beginning(step: step, after: before) }
        counts = false
    }

    /// Whether a report of this step was made before; nil: steps do not tell.
    func repeats(_ step: Int) -> Bool? {
        guard counts, let last else { return nil }
        return step <= last
    }
}

extension [String: Double] {
    /// The epoch among a line's figures, in millionths: programs print few of its digits, and the same ones each time.
    package var epoch: Int? {
        guard let epoch = self["epoch"], abs(epoch) < 1e9 else { return nil }
        return Int((epoch * 1e6).rounded())
    }
}
