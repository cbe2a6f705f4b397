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

    /// What a trial is for.
    package enum Purpose: Sendable, Hashable {
        /// To find a good configuration.
        case search
        /// To tell what a configuration is worth: it is trained to its full length with a seed of its own.
        ///
        /// - Parameter of: the trial of the search that has the configuration; nil: it is the baseline.
        case confirm(of: ID?, seed: Int)
    }

    package let id: ID
    package internal(set) var assignment: Assignment
    package var purpose = Purpose.search
    package var state: State
    /// By rising iter.
    package var reports: [Report]
    /// How often a process was started for it.
    package var launches: Int
    /// The report after which the latest launch is weighed; nil: it may go on to its own end.
    package var milestone: Int?
    /// Launches in this run that made up for a process killed from outside.
    package var retries = 0
    /// Launches in this run that lost their place, one after the other, before they came to a report or a newer checkpoint.
    package var displacements = 0
    /// What it was short of when it ran out of memory, in words: it cannot be run here, and is neither bad nor failed. nil: it did not.
    package var outOfMemory: String?
    /// How often half its batch was taken, with twice the accumulation, as more ran out of memory.
    package var halvings = 0
    /// The request that asked for its configuration; nil: its strategy did, or the space file.
    package var enqueuedBy: Int?
    /// The request by which it was pruned; nil: none.
    package var prunedBy: Int?

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
    /// The line's texts, such as the precision that was computed in; nothing is decided by them.
    package var details: [String: String]

    package init(
        iter: Int, step: Int? = nil, value: Double, metrics: [String: Double] = [:], details: [String: String] = [:]
    ) {
        self.iter = iter
        self.step = step
        self.value = value
        self.metrics = metrics
        self.details = details
    }

    /// With what another line tells of the same evaluation; what is there already stays.
    package func adding(step more: Int?, _ figures: [String: Double]) -> Report {
        Report(
            iter: iter, step: step ?? more, value: value, metrics: metrics.merging(figures) { own, _ in own }, details: details)
    }
}

extension Trial {
    /// The same trial with other values: as it is launched, not as it is on record.
    package func with(_ assignment: Assignment) -> Trial {
        var trial = self
        trial.assignment = assignment
        return trial
    }

    /// Whether it tells what a configuration is worth; no decision of a search is made from it.
    package var confirms: Bool { purpose != .search }

    /// The trial of the search that it confirms; nil: it is no confirmation, or the baseline's.
    package var confirmed: ID? { if case .confirm(let id, seed: _) = purpose { id } else { nil } }

    /// The seed that it has to itself; nil: it has the study's, or one among its parameters.
    package var seed: Int? { if case .confirm(of: _, let seed) = purpose { seed } else { nil } }

    /// Whether it can no longer go on and takes nobody's place: it has failed, needs more memory than there is, or somebody has taken
    /// it out.
    package var isOut: Bool { state == .failed || outOfMemory != nil || prunedBy != nil }

    /// The best report by the goal, the first of equals; NaN and the infinities never win, so nil also where there is nothing else.
    package func best(_ goal: Goal, upTo iter: Int = .max) -> Report? {
        bestIndex(goal, upTo: iter).map { reports[$0] }
    }

    /// Where steps that were equally far apart leave some out: the reports between were lost. The last step may come early.
    package var stepGaps: [(after: Int, before: Int)] {
        let steps = reports.compactMap(\.step)
        let distances = zip(steps, steps.dropFirst()).map { $1 - $0 }
        guard launches > 1, distances.count > 3 else { return [] }
        let usual = distances.sorted()[distances.count / 2]
        guard usual > 0, distances.count(where: { $0 == usual }) * 4 >= distances.count * 3 else { return [] }
        return zip(steps, distances).filter { $1 > usual && $1.isMultiple(of: usual) }.map { ($0, $0 + $1) }
    }

    /// The latest report's iter; 0 where there is none yet.
    package var iter: Int { reports.isEmpty ? 0 : reports[reports.count - 1].iter }

    /// Where among the reports ``best(_:upTo:)`` is; copies nothing, as schedulers ask it of every trial.
    func bestIndex(_ goal: Goal, upTo iter: Int) -> Int? {
        var best: Int?
        var value = Double.nan
        for index in reports.indices {
            if reports[index].iter > iter { break }
            guard goal.prefers(reports[index].value, to: value) else { continue }
            (best, value) = (index, reports[index].value)
        }
        return best
    }
}
