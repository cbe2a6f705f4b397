package import SearchSpaces

/// One configuration and all that is known of its training.
package struct Trial: Sendable, Hashable, Identifiable {
    /// The trial's number in its study, from 0.
    package struct ID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
        package let number: Int

        package init(_ number: Int) {
            self.number = number
        }

        package init(from decoder: any Decoder) throws {
            number = try decoder.singleValueContainer().decode(Int.self)
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(number)
        }

        package static func < (a: ID, b: ID) -> Bool { a.number < b.number }

        package var description: String { String(number) }
    }

    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case waiting, running, paused, complete, pruned, failed

        /// Whether nothing can happen to the trial any more.
        package var isFinal: Bool { self == .complete || self == .pruned || self == .failed }
    }

    package let id: ID
    package let assignment: Assignment
    package var state: State
    /// By rising iter.
    package var reports: [Report]
    /// How often a process was started for it.
    package var launches: Int
    /// The report after which the latest launch is weighed; nil: it may go on to its own end.
    package var milestone: Int?

    package init(
        id: ID, assignment: Assignment, state: State = .waiting, reports: [Report] = [], launches: Int = 0,
        milestone: Int? = nil
    ) {
        self.id = id
        self.assignment = assignment
        self.state = state
        self.reports = reports
        self.launches = launches
        self.milestone = milestone
    }
}

/// What a trial said of itself once.
package struct Report: Sendable, Hashable {
    /// Counted from 1 over the trial's whole life.
    package let iter: Int
    /// The trainer's own step, if it gave one.
    package let step: Int?
    /// The study's metric.
    package let value: Double
    /// Every other figure of the line.
    package let metrics: [String: Double]

    package init(iter: Int, step: Int? = nil, value: Double, metrics: [String: Double] = [:]) {
        self.iter = iter
        self.step = step
        self.value = value
        self.metrics = metrics
    }
}

extension Trial {
    /// The best report by the goal, the first of equals; NaN never wins, so nil also where there is nothing else.
    package func best(_ goal: Goal, upTo iter: Int = .max) -> Report? {
        var best: Report?
        for report in reports {
            if report.iter > iter { break }
            if report.value.isNaN { continue }
            if best.map({ goal.prefers(report.value, to: $0.value) }) ?? true { best = report }
        }
        return best
    }
}
