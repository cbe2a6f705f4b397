import SearchSpaces
import Testing

@testable import search_benchmark

struct MemoryLimitTests {
    private static let trials = 60

    private static func limits(_ kind: String) -> [MemoryLimit] { MemoryLimit.all.filter { $0.name.hasPrefix(kind) } }

    /// Means over some seeds: the shares of trials that ran out, and the best losses.
    private func played(_ limit: MemoryLimit, _ method: Method, seeds: Int) throws -> (shares: [Double], bests: [Double]) {
        var (shares, bests) = ([0.0, 0.0], [0.0, 0.0])
        for seed in 0..<seeds {
            for (index, learns) in [false, true].enumerated() {
                let result = try limit.play(method, seed: seed, trials: Self.trials, learns: learns)
                shares[index] += Double(result.ranOut) / Double(Self.trials * seeds)
                bests[index] += result.best / Double(seeds)
            }
        }
        return (shares, bests)
    }

    @Test(arguments: [Method.random, .sobol, .tpe], ["lists", "ranges"])
    func `of sixty trials few run out of memory, and the best is as good`(method: Method, kind: String) throws {
        var (means, totals) = ([0.0, 0.0], [0.0, 0.0])
        let limits = Self.limits(kind)
        for limit in limits {
            let (shares, bests) = try played(limit, method, seeds: 4)
            #expect(shares[1] <= 0.15, "\(limit.name), \(limit.share)")
            #expect(shares[1] < shares[0])
            for index in 0..<2 {
                means[index] += shares[index] / Double(limits.count)
                totals[index] += bests[index] / Double(limits.count)
            }
        }
        #expect(means[1] < means[0] / 2)
        #expect(totals[1] < totals[0] + 0.03, "\(totals)")
    }

    @Test func `the Gaussian process stays within it too`() throws {
        let (shares, bests) = try played(Self.limits("ranges, product")[1], .gp, seeds: 2)
        #expect(shares[1] <= 0.15)
        #expect(bests[1] <= bests[0] + 0.03)
    }

    @Test func `as many configurations run out as the limit says`() {
        var generator = SeededGenerator(99)
        for limit in MemoryLimit.all {
            let drawn = (0..<2000).map { _ in
                limit.space.assignment { parameter, _ in parameter.distribution.value(atQuantile: generator.unit()) }
            }
            let share = Double(drawn.count(where: limit.runsOut)) / 2000
            // The values of lists are few.
            #expect(abs(share - limit.share) < 0.12)
        }
    }
}
