import SearchSpaces
import Studies
import TrainerSettings

/// What earlier studies teach a new one.
///
/// Their values are never taken for this study's: each study's trials are ranked among themselves alone, and what they
/// lead to is a configuration to try here, not an observation. The share of trials that they propose shrinks as this
/// study gathers trials of its own, so that knowledge that turns out wrong costs little.
struct PriorKnowledge: Sendable {
    /// By earlier study, in the new space's coordinates.
    private let observations: [Observations]
    /// A tree-structured Parzen estimator without start-up: the ranks are there.
    private let strategy = TreeParzen(startUpTrials: 4)

    init(_ earlier: [EarlierStudy], coding: PointCoding) {
        observations = earlier.compactMap { study in
            var trials: [Trial] = []
            for trial in study.history.trials {
                let shared = Self.inside(trial.assignment, coding.space)
                guard !shared.values.isEmpty else { continue }
                trials.append(
                    Trial(
                        id: Trial.ID(trials.count), assignment: shared, state: trial.state, reports: trial.reports))
            }
            return trials.isEmpty ? nil : Observations(coding, history: History(goal: study.history.goal, trials: trials))
        }
    }

    var isEmpty: Bool { observations.isEmpty }

    /// Whether the next configuration is proposed from earlier studies: half of the first ones, a fifth of those around
    /// the thirtieth.
    func isAsked(after weighed: Int, using generator: inout SeededGenerator) -> Bool {
        generator.unit() < 1 / (2 + Double(weighed) / 10)
    }

    func suggest(accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator) -> Point? {
        let past = observations[Int(generator.next() % UInt64(observations.count))]
        return strategy.suggest(after: past, accepting: accepts, using: &generator)
    }

    /// The values that a space has too.
    private static func inside(_ assignment: Assignment, _ space: SearchSpace) -> Assignment {
        var shared = Assignment([:])
        for parameter in space.parameters {
            shared[parameter.name] = assignment[parameter.name].flatMap(parameter.distribution.own)
        }
        return shared
    }

    // MARK: - For the first design

    /// The best trials of a study, best first.
    static func best(_ count: Int, of study: EarlierStudy) -> [Trial] {
        let goal = study.history.goal
        let ranked = study.history.trials.filter { $0.state != .failed && $0.best(goal) != nil }.sorted { a, b in
            let (x, y) = (a.best(goal)?.value ?? .nan, b.best(goal)?.value ?? .nan)
            return x == y ? a.id < b.id : goal.prefers(x, to: y)
        }
        return Array(ranked.prefix(count))
    }

    /// The values of a configuration, each the nearest that a space has; what it has none for is left open.
    static func nearest(to assignment: Assignment, in space: SearchSpace) -> Assignment {
        var nearest = Assignment([:])
        for parameter in space.parameters {
            guard let value = assignment[parameter.name] else { continue }
            nearest[parameter.name] =
                parameter.distribution.own(value) ?? value.number.flatMap(parameter.distribution.closest(to:))
        }
        return nearest
    }
}
