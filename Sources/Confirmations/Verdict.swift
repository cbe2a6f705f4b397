import Glibc
package import SearchSpaces
package import Studies

/// What a race has come to, as far as it has.
package struct Verdict: Sendable {
    /// Of the intervals.
    package static let certainty = 0.9
    /// Who is better with less than this probability is tied.
    package static let clear = 0.95

    package struct Standing: Sendable {
        package let candidate: Candidate
        /// What came of each seed, as far as it has been given.
        package let outcomes: [(seed: Int, outcome: ConfirmationRace.Outcome)]
        /// Of the values; nil: there are none.
        package let mean: Double?
        /// From seed to seed; nil: there are not two values.
        package let deviation: Double?
        /// Where the mean over all seeds lies with probability ``Verdict/certainty``; nil: too few values tell.
        package let interval: ClosedRange<Double>?
        /// That the chosen one is better, or the one that leads so far; nil: it is that one, or nothing tells.
        package fileprivate(set) var beaten: Double?
        /// Whether it cannot be told from the chosen one; nobody is who is out.
        package fileprivate(set) var isTied = false
        /// Whether it gets no further seeds, as it is clearly behind.
        package let isOut: Bool
        /// Whether its values differ from seed to seed so much more than the others' that it is taken by itself.
        package let hasOwnNoise: Bool
        /// Why it cannot be chosen.
        package let problem: String?

        package var values: [Double] { outcomes.compactMap(\.outcome.value) }
    }

    package let goal: Goal
    /// The finalists, the best of the search first, then the baseline where it is none of them.
    package private(set) var standings: [Standing]
    /// The finalist with the best mean over seeds; nil: none has come to one, or the race is not over.
    package let chosen: Int?
    /// The finalist with the best mean so far; nil: the race is over, or none has a value.
    package let leading: Int?
    /// The cheapest among the chosen one and those tied with it.
    package private(set) var recommended: Int?
    /// Whether all that there is to launch has been.
    package let isOver: Bool
    private let standing: RaceStanding?

    package init(_ race: ConfirmationRace) {
        (goal, isOver) = (race.goal, race.isOver)
        let standing = RaceStanding(race)
        self.standing = standing
        let standings = race.candidates.indices.map { Standing($0, of: race, standing) }
        let live = race.live.filter { standings[$0].candidate.isFinalist }
        let best = ConfirmationRace.best(live.map { ($0, standings[$0].values) }, race.goal)
        (self.standings, chosen, leading) = (standings, race.isOver ? best : nil, race.isOver ? nil : best)
        if let best { compare(with: best) }
    }

    private mutating func compare(with best: Int) {
        for place in standings.indices where place != best && standings[place].problem == nil {
            guard let standing, standings[place].mean != nil else { continue }
            let probability = standing.chance(best, against: place)
            standings[place].beaten = probability
            guard isOver, !standings[place].isOut else { continue }
            standings[place].isTied = probability < Self.clear && probability > 1 - Self.clear
        }
        if isOver { recommended = cheapest(among: [best] + tied) }
    }

    /// The finalists that cannot be told from the chosen one.
    package var tied: [Int] { standings.indices.filter { standings[$0].isTied && standings[$0].candidate.isFinalist } }

    package var baseline: Int? { standings.firstIndex { $0.candidate.isBaseline } }

    /// The probability that one candidate is better than another; nil: nothing tells.
    package func chance(_ one: Int, against other: Int) -> Double? {
        guard one != other, standings[one].mean != nil, standings[other].mean != nil, standings[one].problem == nil,
            standings[other].problem == nil
        else { return nil }
        return standing?.chance(one, against: other)
    }

    /// Whether seeds make no difference at all: they may not reach the program.
    package var ignoresSeeds: Bool {
        let several = standings.filter { $0.values.count > 1 }
        return !several.isEmpty && several.allSatisfy { $0.deviation == 0 }
    }

    /// Fewer trainable parameters, then less memory by more than a twentieth; the first of equals.
    private func cheapest(among places: [Int]) -> Int? {
        places.reduce(nil as Int?) { best, next in
            guard let best else { return next }
            if let a = standings[next].parameters, let b = standings[best].parameters, a != b { return a < b ? next : best }
            guard let a = standings[next].memory, let b = standings[best].memory, a < 0.95 * b else { return best }
            return next
        }
    }
}

extension Verdict.Standing {
    fileprivate init(_ place: Int, of race: ConfirmationRace, _ standing: RaceStanding?) {
        candidate = race.candidates[place]
        outcomes = zip(race.seeds, race.counted(place)).filter { $1 != .none }.map { ($0, $1) }
        problem = race.problems[place]
        isOut = problem == nil && !race.live.contains(place)
        let values = outcomes.compactMap(\.outcome.value)
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        self.mean = values.isEmpty ? nil : mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = values.count > 1 ? sqrt(squares / Double(values.count - 1)) : nil
        interval = problem == nil ? standing?.interval(of: place) : nil
        hasOwnNoise = standing?.hasOwnNoise(place) ?? false
    }

    /// The figure of each seed's best report that has it.
    package func figures(_ name: String) -> [Double] {
        outcomes.compactMap { seed in
            if case .value(_, let report) = seed.outcome { report.figure(name) } else { nil }
        }
    }

    /// What the validation split's size leaves open, as each seed's best report tells it.
    package func standardErrors(of metric: String) -> [Double] {
        outcomes.compactMap { seed in
            if case .value(_, let report) = seed.outcome { report.standardError(of: metric) } else { nil }
        }
    }

    /// As its trials report them; nil: they do not.
    package var parameters: Double? { figures("trainable_parameters").last }
    /// The most that a seed needed, in bytes.
    package var memory: Double? { figures("peak_memory_bytes").max() }

    /// The trial that stands for it: the best of its seeds; nil: none has a value.
    package func representative(_ goal: Goal) -> (trial: Trial, report: Report)? {
        var best: (trial: Trial, report: Report)?
        for case .value(let trial, let report) in outcomes.map(\.outcome)
        where best.map({ goal.prefers(report.value, to: $0.report.value) }) ?? true {
            best = (trial, report)
        }
        return best
    }
}
