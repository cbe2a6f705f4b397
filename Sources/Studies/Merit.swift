package import SearchSpaces

/// How good a report makes its trial: whether it keeps the constraints, then its value.
package struct Merit: Sendable, Hashable {
    /// How far constraints are broken, in parts of their limits, summed up; 0: all are kept.
    package let violation: Double
    /// NaN where there is none.
    package let value: Double

    /// Whether there is a number to compare.
    package var isNumber: Bool { value.isFinite }

    package init(violation: Double = 0, value: Double) {
        self.violation = violation
        self.value = value
    }

    static let none = Merit(value: .nan)
}

extension Goal {
    /// Whether a merit beats another: what keeps the constraints beats what does not; no number beats nothing.
    package func prefers(_ a: Merit, to b: Merit) -> Bool {
        guard a.isNumber, b.isNumber, a.violation != b.violation else { return prefers(a.value, to: b.value) }
        return a.violation < b.violation
    }
}

extension Limits {
    /// How far a figure is beyond them, in parts of the limit; 0: it keeps them, infinite: it is no finite number.
    package func violation(of figure: Double?) -> Double {
        guard let figure, figure.isFinite else { return .infinity }
        let beyond = [(max, figure - (max ?? 0)), (min, (min ?? 0) - figure)]
        return beyond.reduce(0) { sum, side in
            guard let limit = side.0, side.1 > 0 else { return sum }
            return sum + side.1 / Swift.max(abs(limit), 1e-12)
        }
    }
}

extension History {
    /// What a trial's best report up to an iter makes of it.
    package func merit(of trial: Trial, upTo iter: Int = .max) -> Merit {
        guard let index = trial.bestIndex(goal, upTo: iter) else { return .none }
        let violation = constraints.isEmpty ? 0 : violation(of: trial.reports[index])
        return Merit(violation: violation, value: trial.reports[index].value)
    }

    /// What a trial counts for in a scheduler's comparison after a report: its best up to there. One whose latest report up to
    /// there is not finite has diverged and counts for nothing.
    package func standing(of trial: Trial, atReport iter: Int) -> Merit {
        // One walk without copies of reports: a scheduler asks this of every trial whenever a worker is free.
        var (latest, best, index) = (Double.nan, Double.nan, -1)
        for place in trial.reports.indices {
            guard trial.reports[place].iter <= iter else { break }
            latest = trial.reports[place].value
            if goal.prefers(latest, to: best) { (best, index) = (latest, place) }
        }
        guard latest.isFinite, index >= 0 else { return .none }
        return Merit(violation: constraints.isEmpty ? 0 : violation(of: trial.reports[index]), value: best)
    }

    /// How far a report breaks the constraints; a figure that it does not have keeps none.
    package func violation(of report: Report) -> Double {
        constraints.reduce(0) { $0 + $1.value.violation(of: report.figure($1.key)) }
    }

    /// Whether the report that gives a trial its value keeps the constraints; true where it has none.
    package func isFeasible(_ trial: Trial) -> Bool {
        constraints.isEmpty || trial.best(goal).map { violation(of: $0) == 0 } ?? true
    }
}
