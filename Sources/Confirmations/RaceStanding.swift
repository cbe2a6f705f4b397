import SearchSpaces
import Studies

/// How a race stands: what the model tells of all who have values and no problem.
struct RaceStanding {
    private let model: SeedModel
    /// By candidate, its place in the model.
    private let places: [Int: Int]
    private let goal: Goal

    /// - Returns: nil where there are too few values to tell anything.
    init?(_ race: ConfirmationRace) {
        goal = race.goal
        let told = race.candidates.indices.filter { candidate in
            race.problems[candidate] == nil && race.counted(candidate).contains { $0.value != nil }
        }
        places = Dictionary(uniqueKeysWithValues: told.enumerated().map { ($1, $0) })
        let observations = told.enumerated().flatMap { place, candidate in
            race.counted(candidate).enumerated().compactMap { seed, outcome in
                outcome.value.map { SeedModel.Observation(candidate: place, seed: seed, value: $0) }
            }
        }
        guard let model = SeedModel(observations, isFinalist: told.map { race.candidates[$0].isFinalist }) else { return nil }
        self.model = model
    }

    /// The probability that one is better than the other; a half where nothing tells.
    func chance(_ one: Int, against other: Int) -> Double {
        guard let a = places[one], let b = places[other] else { return 0.5 }
        return goal == .maximize ? model.probability(a, above: b) : model.probability(b, above: a)
    }

    func interval(of candidate: Int) -> ClosedRange<Double>? {
        places[candidate].map { model.interval(of: $0, probability: Verdict.certainty) }
    }

    /// Whether its seeds differ so much more than the others' that it is taken by itself.
    func hasOwnNoise(_ candidate: Int) -> Bool { places[candidate].map(model.hasOwnNoise) ?? false }
}
