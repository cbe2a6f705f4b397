import SearchSpaces
import Studies

/// Trials by their places in each parameter, the best first.
struct TrialGrid {
    private let grids: [ParameterGrid]
    /// By parameter and trial; nil: the trial does not have the parameter.
    private let places: [[Int?]]
    private let values: [Double]

    /// - Parameters:
    ///   - trials: the best first.
    ///   - values: theirs.
    init(grids: [ParameterGrid], trials: [Trial], values: [Double]) {
        (self.grids, self.values) = (grids, values)
        places = grids.map { grid in trials.map { $0.assignment[grid.name].flatMap(grid.place) } }
    }

    func having(_ parameter: Int) -> Int { places[parameter].count { $0 != nil } }

    /// How often each trial is among the best: all that are as good as the last one of the share.
    ///
    /// - Parameter counts: how often each trial is there.
    func best(of counts: [Int], share: Double) -> [Int] {
        let wanted = Int((share * Double(counts.reduce(0, +))).rounded(.up))
        var (best, sum, last) = ([Int](repeating: 0, count: counts.count), 0, Double.nan)
        for trial in counts.indices where counts[trial] > 0 {
            guard sum < wanted || values[trial] == last else { break }
            best[trial] = counts[trial]
            sum += counts[trial]
            last = values[trial]
        }
        return best
    }

    /// By parameter how differently some trials lie in it from all.
    func divergences(of some: [Int], from all: [Int]) -> [Double] {
        let (someCount, allCount) = (Double(some.reduce(0, +)), Double(all.reduce(0, +)))
        return grids.indices.map { parameter in
            let (there, everywhere) = (counts(of: some, parameter), counts(of: all, parameter))
            let (here, base) = (there.reduce(0, +), everywhere.reduce(0, +))
            guard here > 0, base > 1 else { return 0 }
            let isCategorical = grids[parameter].isCategorical
            let divergence = ParzenGrid.divergence(
                of: ParzenGrid.densities(there, isCategorical: isCategorical),
                from: ParzenGrid.densities(everywhere, isCategorical: isCategorical))
            let (share, baseShare) = (Double(here) / someCount, Double(base) / allCount)
            return share * share / baseShare * divergence
        }
    }

    private func counts(of trials: [Int], _ parameter: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: grids[parameter].count)
        for (trial, place) in places[parameter].enumerated() where trials[trial] > 0 {
            if let place { counts[place] += trials[trial] }
        }
        return counts
    }

    /// By parameter what one draw by lot in a hundred reaches, each of so many trials.
    func luck(_ count: Int, draws: Int) -> [Double] {
        let all = [Int](repeating: 1, count: values.count)
        var generator = SeededGenerator(17, values.count, count)
        let drawn = (0..<(2 * draws)).map { _ in
            var some = [Int](repeating: 0, count: values.count)
            for trial in Array(values.indices).shuffled(using: &generator).prefix(count) { some[trial] = 1 }
            return divergences(of: some, from: all)
        }
        return grids.indices.map { parameter in
            let sorted = drawn.map { $0[parameter] }.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count - 1 - sorted.count / 100]
        }
    }

    /// The divergences of trials drawn from these, as many, each as often as the lot falls on it.
    func bootstrap(draws: Int, share: Double) -> [[Double]] {
        var generator = SeededGenerator(23, values.count)
        return (0..<draws).map { _ in
            var counts = [Int](repeating: 0, count: values.count)
            for _ in values.indices { counts[Int.random(in: values.indices, using: &generator)] += 1 }
            return divergences(of: best(of: counts, share: share), from: counts)
        }
    }
}
