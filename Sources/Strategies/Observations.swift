import SearchSpaces
package import Studies

/// What a strategy learns from: the history in numbers.
///
/// A pure function of the history. It is kept from one suggestion to the next only to save time: what changed since is taken in
/// again, and nothing else is looked at.
package struct Observations: Sendable {
    package let coding: PointCoding
    /// How far the history is known that was taken in last.
    private var mark: ChangeLog.Mark?
    private var goal = Goal.minimize
    /// What the study is after.
    private(set) var metricCount = 1
    /// By trial.
    private var assignments: [Assignment] = []
    /// By trial.
    private(set) var points: [Point] = []
    /// By trial.
    private(set) var standings: [Standing] = []
    /// By trial.
    private(set) var curves: [Curve] = []
    /// The trials that have shown what they are worth, the best first, equals by number: sorting again each time is too slow.
    private(set) var ranked: [Int32] = []
    /// By parameter.
    private(set) var columns: [Column]
    private var taken: Set<Point> = []
    private var failed: Set<Point> = []
    private let halving: BatchHalving?
    private var memory: MemoryEvidence
    /// What is known of the memory that there is; nil: no trial has run out of it.
    private(set) var feasibility: FeasibilityModel?

    package init(_ coding: PointCoding) { self.init(coding, halving: nil) }

    /// - Parameter halving: how batches are halved; nil: they are not.
    init(_ coding: PointCoding, halving: BatchHalving?) {
        self.coding = coding
        self.halving = halving
        columns = coding.space.parameters.map { Column($0.distribution) }
        memory = MemoryEvidence(coding.space, halving: halving)
    }

    package init(_ coding: PointCoding, history: History) {
        self.init(coding)
        update(from: history)
    }

    package mutating func update(from history: History) {
        let places = goal == history.goal ? history.changes.places(since: mark) : nil
        var tellsOfMemory = false
        if places.map({ take($0, from: history, &tellsOfMemory) }) != true {
            self = Observations(coding, halving: halving)
            (goal, metricCount) = (history.goal, 1 + history.otherMetrics.count)
            _ = take(Array(history.trials.indices), from: history, &tellsOfMemory)
        }
        mark = history.changes.mark
        if tellsOfMemory { feasibility = FeasibilityModel(memory) }
    }

    /// - Returns: false: a trial is not the one that it was, so that all have to be taken in again.
    private mutating func take(_ places: [Int], from history: History, _ tellsOfMemory: inout Bool) -> Bool {
        let trials = history.trials
        for place in places {
            let trial = trials[place]
            if place == points.count {
                append(trial)
            } else {
                guard assignments[place] == trial.assignment else { return false }
            }
            stand(place, standing(trial, history))
            curves[place] = Curve(trial, goal: goal)
            if trial.isOut { failed.insert(points[place]) }
            if memory.take(trial, at: place, points[place]) { tellsOfMemory = true }
        }
        return true
    }

    private mutating func append(_ trial: Trial) {
        let point = coding.point(of: trial.assignment)
        assignments.append(trial.assignment)
        points.append(point)
        standings.append(.none)
        curves.append(.none)
        taken.insert(point)
        for (parameter, coordinate) in point.coordinates.enumerated() { columns[parameter].append(coordinate) }
    }

    private mutating func stand(_ place: Int, _ new: Standing) {
        let old = standings[place]
        if old.isWeighed { ranked.remove(at: rank(of: place, old)) }
        standings[place] = new
        if new.isWeighed { ranked.insert(Int32(place), at: rank(of: place, new)) }
    }

    /// How many of those that are ranked come before a trial.
    private func rank(of place: Int, _ standing: Standing) -> Int {
        var (first, last) = (0, ranked.count)
        while first < last {
            let middle = (first + last) / 2
            let other = Int(ranked[middle])
            let isBefore = standings[other] < standing || other < place && !(standing < standings[other])
            if isBefore { first = middle + 1 } else { last = middle }
        }
        return first
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

    package var count: Int { points.count }

    /// How many have shown what they are worth.
    var weighedCount: Int { ranked.count }

    /// How many different points there are.
    package var takenCount: Int { taken.count }

    /// Whether a trial, in whatever state, has this configuration.
    package func isTaken(_ point: Point) -> Bool { taken.contains(point) }

    /// Whether a trial with this configuration failed, or ran out of memory.
    package func hasFailed(_ point: Point) -> Bool { failed.contains(point) }
}
