package import SearchSpaces
package import Studies

/// What a strategy learns from: the history in numbers.
///
/// A pure function of the history. It is kept from one suggestion to the next only to save time: whatever changed
/// since is taken in again.
package struct Observations: Sendable {
    package let coding: PointCoding
    package private(set) var entries: [Observation] = []
    package private(set) var goal = Goal.minimize
    /// By trial.
    private(set) var standings: [Standing] = []
    /// By parameter.
    private(set) var columns: [Column]
    private var taken: Set<Point> = []
    private var failed: Set<Point> = []

    package init(_ coding: PointCoding) {
        self.coding = coding
        columns = coding.space.parameters.map { Column($0.distribution) }
    }

    package init(_ coding: PointCoding, history: History) {
        self.init(coding)
        update(from: history)
    }

    package mutating func update(from history: History) {
        let known = history.goal == goal && entries.count <= history.trials.count
        guard known, zip(entries, history.trials).allSatisfy({ $0.trial.assignment == $1.assignment }) else {
            self = Observations(coding)
            goal = history.goal
            return update(from: history)
        }
        for (index, trial) in history.trials.enumerated() {
            if index == entries.count {
                append(trial)
            } else if entries[index].trial != trial {
                entries[index] = Observation(trial, point: entries[index].point, goal: goal)
                standings[index] = Standing(trial, loss: entries[index].loss)
            } else {
                continue
            }
            if trial.state == .failed { failed.insert(entries[index].point) }
        }
    }

    private mutating func append(_ trial: Trial) {
        let point = coding.point(of: trial.assignment)
        entries.append(Observation(trial, point: point, goal: goal))
        standings.append(Standing(trial, loss: entries[entries.count - 1].loss))
        taken.insert(point)
        for (parameter, coordinate) in point.coordinates.enumerated() { columns[parameter].append(coordinate) }
    }

    /// How many different points there are.
    package var takenCount: Int { taken.count }

    /// Whether a trial, in whatever state, has this configuration.
    package func isTaken(_ point: Point) -> Bool { taken.contains(point) }

    /// Whether a trial with this configuration failed.
    package func hasFailed(_ point: Point) -> Bool { failed.contains(point) }
}

/// One trial in numbers.
package struct Observation: Sendable {
    package let trial: Trial
    package let point: Point
    /// The best value so far, turned so that less is better; NaN where there is none.
    package let loss: Double

    init(_ trial: Trial, point: Point, goal: Goal) {
        self.trial = trial
        self.point = point
        let best = trial.best(goal)?.value ?? .nan
        loss = goal == .minimize ? best : -best
    }
}
