import Glibc
import SearchSpaces

extension Observations {
    /// The trials that a model learns from, by rising number; failed ones, and those that ran out of memory, teach it nothing.
    struct Split {
        /// How many have shown a number, or that they come to none.
        var weighed = 0
        /// Whether some of them ended early, so that their losses were drawn from forecasts.
        var isForecast = false
        /// The best min(weighed / 10 rounded up, 25).
        var good: [Int] = []
        /// The rest, and whatever runs and has shown nothing yet: what is being tried is not to be tried next to.
        var others: [Int] = []
    }

    /// Trials that a split is made of, at most: more would make suggestions slower and hardly any better.
    static let mostSplit = 750

    /// - Parameter generator: draws what trials that ended early would have come to, so that now one, now another of those
    ///   that might be among the best counts as such.
    func split(using generator: inout SeededGenerator) -> Split {
        var split = Split()
        split.weighed = weighedCount
        let told = some(Self.mostSplit)
        var (standings, sigmas) = forecast(of: told)
        for index in standings.indices where sigmas[index] > 0 && standings[index].tier == .known {
            standings[index].loss += sigmas[index] * generator.gaussian()
            split.isForecast = true
        }
        let size = min((split.weighed + 9) / 10, 25)
        standings = FrontOrder.ranked(standings, first: size)
        var best: [Int] = []
        for index in standings.indices where standings[index].isWeighed && size > 0 {
            guard best.count < size || standings[index] < standings[best[best.count - 1]] else { continue }
            if best.count == size { best.removeLast() }
            best.insert(index, at: best.firstIndex { standings[index] < standings[$0] } ?? best.count)
        }
        split.good = best.sorted().map { told[$0] }
        var isGood = [Bool](repeating: false, count: standings.count)
        for index in best { isGood[index] = true }
        split.others = standings.indices.filter { standings[$0].teaches && !isGood[$0] }.map { told[$0] }
        return split
    }

    /// At most `limit` of the trials, by rising number: a quarter the best so far, a quarter the latest, the rest spread evenly over
    /// the others. With several metrics all: which are the best is only told by comparing each with each.
    func some(_ limit: Int) -> [Int] {
        guard count > limit, metricCount == 1 else { return Array(standings.indices) }
        let latest = count - limit / 4
        let best = ranked.prefix(limit / 4).map { Int($0) }.filter { $0 < latest }.sorted()
        let left = latest - best.count
        let wanted = limit - limit / 4 - best.count
        var some: [Int] = []
        var passed = 0
        for place in 0..<wanted {
            // The one that comes after so many of the others.
            let others = place * left / wanted
            while passed < best.count, best[passed] <= others + passed {
                some.append(best[passed])
                passed += 1
            }
            some.append(others + passed)
        }
        return some + best[passed...] + Array(latest..<count)
    }
}
