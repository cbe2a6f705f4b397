import SearchSpaces
package import Studies

/// What a strategy learns from: the history in numbers.
///
/// A pure function of the history. It is kept from one suggestion to the next only to save time: whatever changed
/// since is taken in again.
package struct Observations: Sendable {
    package let coding: PointCoding
    /// As they were when they were last taken in.
    private var trials: [Trial] = []
    /// Those of them that could still change.
    private var open: [Int] = []
    private var goal = Goal.minimize
    /// What the study is after.
    private(set) var metricCount = 1
    /// By trial.
    private(set) var points: [Point] = []
    /// By trial.
    private(set) var standings: [Standing] = []
    /// By trial.
    private(set) var curves: [Curve] = []
    /// By parameter.
    private(set) var columns: [Column]
    private var taken: Set<Point> = []
    private var failed: Set<Point> = []
    /// How batches are halved; nil: they are not.
    private let halving: BatchHalving?
    /// Whether a trial has run out of memory: as long as none has, none is looked through for what fits.
    private var wasShort = false
    /// What is known of the memory that there is; nil: no trial has run out of it.
    private(set) var feasibility: FeasibilityModel?

    package init(_ coding: PointCoding) { self.init(coding, halving: nil) }

    init(_ coding: PointCoding, halving: BatchHalving?) {
        self.coding = coding
        self.halving = halving
        columns = coding.space.parameters.map { Column($0.distribution) }
    }

    package init(_ coding: PointCoding, history: History) {
        self.init(coding)
        update(from: history)
    }

    package mutating func update(from history: History) {
        metricCount = 1 + history.otherMetrics.count
        if history.goal != goal || history.trials.count < trials.count { startOver(history.goal) }
        var hasNews = trials.count < history.trials.count
        defer { if hasNews { learnMemory() } }
        for index in changed(history.trials) {
            guard trials[index].assignment == history.trials[index].assignment else {
                startOver(history.goal)
                break
            }
            hasNews = true
            trials[index] = history.trials[index]
            standings[index] = standing(trials[index], history)
            curves[index] = Curve(trials[index], goal: history.goal)
            note(trials[index], at: index)
        }
        open.removeAll { trials[$0].state.isFinal }
        for trial in history.trials.dropFirst(trials.count) { append(trial, history) }
    }

    private mutating func startOver(_ goal: Goal) {
        let metricCount = metricCount
        self = Observations(coding, halving: halving)
        (self.goal, self.metricCount) = (goal, metricCount)
    }

    private mutating func append(_ trial: Trial, _ history: History) {
        let point = coding.point(of: trial.assignment)
        if !trial.state.isFinal { open.append(trials.count) }
        trials.append(trial)
        points.append(point)
        standings.append(standing(trial, history))
        curves.append(Curve(trial, goal: history.goal))
        taken.insert(point)
        note(trial, at: points.count - 1)
        for (parameter, coordinate) in point.coordinates.enumerated() { columns[parameter].append(coordinate) }
    }

    /// The open trials that are not as they were. Comparing those that are is cheap as long as nothing is copied: their arrays and
    /// dictionaries are the same ones.
    private func changed(_ now: [Trial]) -> [Int] {
        trials.withUnsafeBufferPointer { old in
            now.withUnsafeBufferPointer { new in open.filter { old[$0] != new[$0] } }
        }
    }

    private mutating func note(_ trial: Trial, at index: Int) {
        if trial.isOut { failed.insert(points[index]) }
        if trial.outOfMemory != nil || trial.halvings > 0 { wasShort = true }
    }

    private mutating func learnMemory() {
        guard wasShort else { return }
        feasibility = FeasibilityModel(trials, points: points, space: coding.space, halving: halving)
    }

    /// The standings of some trials with what each loss is forecast to become, and how unsure that is: a standard deviation.
    ///
    /// - Parameter trials: whose, by number; nil: of all.
    func forecast(of trials: [Int]? = nil) -> (standings: [Standing], sigmas: [Double]) {
        var standings = trials.map { $0.map { self.standings[$0] } } ?? standings
        let forecasts = Forecasts(trials.map { $0.map { curves[$0] } } ?? curves)
        for index in standings.indices where standings[index].tier == .known && standings[index].loss.isFinite {
            standings[index].loss = forecasts.losses[index]
        }
        return (standings, forecasts.sigmas)
    }

    private func standing(_ trial: Trial, _ history: History) -> Standing {
        let violation = history.constraints.isEmpty ? 0 : history.merit(of: trial).violation
        let best = history.hasSeveralMetrics ? trial.best(history.goal) : nil
        return Standing(
            trial, goal: history.goal, others: best.map { Array(history.losses(of: $0).dropFirst()) } ?? [],
            violation: violation)
    }

    package var count: Int { trials.count }

    /// How many have shown what they are worth.
    var weighedCount: Int { standings.count(where: \.isWeighed) }

    /// How many different points there are.
    package var takenCount: Int { taken.count }

    /// Whether a trial, in whatever state, has this configuration.
    package func isTaken(_ point: Point) -> Bool { taken.contains(point) }

    /// Whether a trial with this configuration failed, or ran out of memory.
    package func hasFailed(_ point: Point) -> Bool { failed.contains(point) }
}
