import Glibc
import SearchSpaces
import Testing

@testable import Strategies

struct MonotoneLogisticTests {
    private let priors = [
        MonotoneLogistic.Prior(mean: -6, sigma: 6, isRising: false), .init(mean: 8, sigma: 6, isRising: true),
        .init(mean: 0, sigma: 3, isRising: false),
    ]

    @Test func `more of what never needs less never makes it likelier to fit`() {
        var generator = SeededGenerator(3)
        // The trials say the opposite: the weight stays at its bound.
        let rows = (0..<40).map { _ in [generator.unit(), generator.unit()] }
        let model = MonotoneLogistic(rows, ranOut: rows.map { $0[0] < 0.5 }, priors: priors)
        #expect(model.weights[1] == 0)
        // All that is left between the two is how unsure the weights are there.
        #expect(model.fit([0.9, 0.5]) <= model.fit([0.1, 0.5]) + 0.01)
    }

    @Test func `a border is found, and what is far from all trials is left open`() {
        let rows = stride(from: 0.0, through: 0.5, by: 0.05).map { [$0, 0.5] }
        let model = MonotoneLogistic(rows, ranOut: rows.map { $0[0] > 0.3 }, priors: priors)
        #expect(model.fit([0.1, 0.5]) > 0.8)
        #expect(model.fit([0.5, 0.5]) < 0.25)
        #expect(model.fit([0, 0.5]) > model.fit([0.2, 0.5]))
        let near = abs(model.fit([0.5, 0.5]) - 0.5)
        #expect(abs(model.fit([0.5, 40]) - 0.5) < near)
    }

    @Test func `the weights are where the posterior is flat`() {
        let rows = (0..<30).map { [Double($0 % 6) / 5, Double($0 % 5) / 4] }
        let ranOut = rows.map { $0[0] + 0.4 * $0[1] > 0.8 }
        let model = MonotoneLogistic(rows, ranOut: ranOut, priors: priors)
        func value(_ weights: [Double]) -> Double {
            var sum = zip(weights, priors).reduce(0) { $0 + pow(($1.0 - $1.1.mean) / $1.1.sigma, 2) / 2 }
            for (row, out) in zip(rows, ranOut) {
                let score = weights[0] + weights[1] * row[0] + weights[2] * row[1]
                sum += log1p(exp(score)) - (out ? score : 0)
            }
            return sum
        }
        let least = value(model.weights)
        for index in 0..<3 {
            for step in [-0.01, 0.01] {
                var other = model.weights
                other[index] += step
                #expect(value(other) > least)
            }
        }
    }

    @Test func `without trials the prior alone speaks`() {
        let model = MonotoneLogistic([], ranOut: [], priors: priors)
        #expect(model.weights == priors.map(\.mean))
        #expect(model.fit([0, 0]) > 0.5)
    }
}
