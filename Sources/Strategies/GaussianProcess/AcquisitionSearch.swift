import SearchSpaces

/// Looks for the points that promise the largest expected improvement.
struct AcquisitionSearch {
    let space: FeatureSpace
    let process: GaussianProcess
    /// The least target so far.
    let best: Double
    let past: Observations

    /// Points and the logarithms of their expected improvements.
    typealias Candidate = (point: Point, value: Double)

    private static let evenPoints = 512
    /// Around each of the best trials.
    private static let nearPoints = 24
    /// Local searches, and how often each goes round its parameters.
    private static let (starts, rounds) = (6, 4)

    init(_ process: GaussianProcess, best: Double, past: Observations) {
        (space, self.process, self.best, self.past) = (process.space, process, best, past)
    }

    /// Candidates, the most promising first: ends of local searches, then what they were chosen from.
    ///
    /// - Parameter incumbents: points near which it is worth looking, trials with few losses.
    func candidates(near incumbents: [Point], using generator: inout SeededGenerator) -> [Candidate] {
        let sequence = SobolSequence(seed: Int(truncatingIfNeeded: generator.next()))
        var points = (0..<Self.evenPoints).map { number in space.coding.point { sequence.value(number, dimension: $0) } }
        for incumbent in incumbents {
            for _ in 0..<Self.nearPoints { points.append(neighbor(of: incumbent, using: &generator)) }
        }
        let found = evaluate(points).filter { $0.value > -.infinity }.sorted { $0.value > $1.value }
        let ends = startingPoints(found).map(improved)
        return (ends + found).sorted { $0.value > $1.value }
    }

    /// The best, and more that are no neighbors of one another.
    private func startingPoints(_ found: [Candidate]) -> [Candidate] {
        var chosen: [(candidate: Candidate, features: [Double])] = []
        for candidate in found where chosen.count < Self.starts {
            let features = space.features(of: candidate.point)
            let isNear = chosen.contains { other in
                zip(other.features, features).allSatisfy { abs($0 - $1) < 0.1 }
            }
            if !isNear { chosen.append((candidate, features)) }
        }
        return chosen.map(\.candidate)
    }

    private func evaluate(_ points: [Point]) -> [Candidate] {
        let beliefs = process.beliefs(at: points.flatMap(space.features), places: points.count)
        return zip(points, beliefs).map { point, belief in
            let improvement = LogExpectedImprovement.of(mean: belief.mean, sigma: belief.sigma, best: best).value
            return (point, improvement + (past.feasibility?.logLikelihood(of: point) ?? 0))
        }
    }

    /// Some parameters changed: a small step for a number, anything for a choice.
    private func neighbor(of point: Point, using generator: inout SeededGenerator) -> Point {
        let share = max(0.3, 1.5 / Double(max(space.groupCount, 1)))
        var result = point
        for parameter in point.coordinates.indices where generator.unit() < share {
            guard result.coordinates[parameter] != Point.absent else { continue }
            switch space.axes[parameter] {
            case .numeric(_, let feature), .normal(_, _, _, let feature):
                let place = space.features(of: result)[feature] + 0.1 * generator.gaussian()
                let coordinate = space.coordinate(of: parameter, at: min(max(place, 0), 1))
                result = space.replacing(parameter, by: coordinate, in: result)
            case .ordered, .choices:
                let others = space.alternatives(to: result.coordinates[parameter], of: parameter)
                guard !others.isEmpty else { continue }
                let choice = others[Int(generator.next() % UInt64(others.count))]
                result = space.replacing(parameter, by: choice, in: result)
            case .fixed: break
            }
        }
        return result
    }

    /// The end of a local search: numbers by their slopes, then one choice after the other, until nothing gets better.
    private func improved(_ start: Candidate) -> Candidate {
        var current = start
        for round in 0..<Self.rounds {
            let before = current.value
            current = climbed(current)
            let climbedTo = current.value
            for parameter in current.point.coordinates.indices {
                let others = space.alternatives(to: current.point.coordinates[parameter], of: parameter)
                let moves = evaluate(
                    others.map { space.replacing(parameter, by: $0, in: current.point) }.filter { !past.isTaken($0) })
                for move in moves where move.value > current.value { current = move }
            }
            if current.value <= climbedTo || (round > 0 && current.value - before < 1e-3) { break }
        }
        return current
    }

    private typealias Move = (parameter: Int, feature: Int)

    private func moved(_ start: Point, _ moving: [Move], to place: [Double]) -> Point {
        var point = start
        for (index, move) in moving.enumerated() {
            point.coordinates[move.parameter] = space.coordinate(of: move.parameter, at: place[index])
        }
        return point
    }

    /// What is lost by the chance that a place runs out of memory, and how that changes with each number there; 0: no trial has.
    private func shortage(at place: [Double], _ moving: [Move], from start: Point, adding slopes: inout [Double]) -> Double {
        guard let memory = past.feasibility else { return 0 }
        let here = memory.logLikelihood(of: moved(start, moving, to: place))
        for index in place.indices {
            var other = place
            // Inwards at the upper end.
            let step = place[index] > 0.5 ? -1e-3 : 1e-3
            other[index] += step
            slopes[index] -= (memory.logLikelihood(of: moved(start, moving, to: other)) - here) / step
        }
        return -here
    }

    private func climbed(_ start: Candidate) -> Candidate {
        let moving = space.continuous(at: start.point)
        guard !moving.isEmpty else { return start }
        var features = space.features(of: start.point)
        let bounds = [Double](repeating: 0, count: moving.count)
        let steps = moving.map { space.step?.slope(by: $0.parameter) ?? 0 }
        let minimizer = BoundedMinimizer(
            lower: bounds, upper: bounds.map { _ in 1 }, iterations: 20, tolerance: 1e-3)
        let end = minimizer.minimum(from: moving.map { features[$0.feature] }) { place, slopes in
            for (index, move) in moving.enumerated() {
                if let step = space.step { features[step.feature] += steps[index] * (place[index] - features[move.feature]) }
                features[move.feature] = place[index]
            }
            let belief = process.belief(at: features)
            let improvement = LogExpectedImprovement.of(mean: belief.mean, sigma: belief.sigma, best: best)
            func slope(by feature: Int) -> Double {
                improvement.byMean * belief.meanSlopes[feature] + improvement.bySigma * belief.sigmaSlopes[feature]
            }
            let byStep = space.step.map { slope(by: $0.feature) } ?? 0
            for (index, move) in moving.enumerated() { slopes[index] = -slope(by: move.feature) - steps[index] * byStep }
            return -improvement.value + shortage(at: place, moving, from: start.point, adding: &slopes)
        }
        guard -end.value > start.value else { return start }
        let point = moved(start.point, moving, to: end.place)
        // Where a number crosses what others hang on, they come or go, and the model speaks of another point.
        let snapped = space.snapped(point)
        guard snapped != point else { return (point, -end.value) }
        return evaluate([snapped]).first { $0.value > start.value } ?? start
    }
}
