import Glibc
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import Strategies

struct StepSizeTests {
    private static let rate = Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-2))
    private static let rank = Parameter(
        name: "r", distribution: .categorical([4, 16, 64].map { .int($0) }, probabilities: nil))
    private static let scale = Parameter(name: "alpha_over_r", distribution: .logUniform(min: 0.5, max: 8))
    private static let alpha = Parameter(name: "lora_alpha", distribution: .logUniform(min: 4, max: 64))
    private static let other = Parameter(name: "lora_dropout", distribution: .uniform(min: 0, max: 0.1))

    private func stepSize(_ parameters: [Parameter]) -> StepSize? { StepSize(SearchSpace(parameters), feature: 7) }

    @Test func `It goes from 0 at the least step to 1 at the greatest`() throws {
        let step = try #require(stepSize([Self.rate, Self.rank, Self.scale, Self.other]))
        #expect(step.feature == 7)
        #expect(abs(step.value(at: Point([1e-5, 0, 0.5, 0.05]))) < 1e-12)
        #expect(abs(step.value(at: Point([1e-2, 2, 8, 0.05])) - 1) < 1e-12)
        // ln(10 x 2 x 2) above the least, of ln(1000 x 16 x 4): by hand.
        #expect(abs(step.value(at: Point([1e-4, 1, 1, 0])) - log(40) / log(64_000)) < 1e-12)
    }

    @Test func `It is the same where a rate makes up for a scale, or for the square root of a rank`() throws {
        let step = try #require(stepSize([Self.rate, Self.rank, Self.scale]))
        let here = step.value(at: Point([1e-3, 0, 1]))
        #expect(abs(step.value(at: Point([5e-4, 0, 2])) - here) < 1e-12)
        #expect(abs(step.value(at: Point([5e-4, 1, 1])) - here) < 1e-12)
    }

    @Test func `Beside alpha itself a greater rank makes the scale less`() throws {
        let step = try #require(stepSize([Self.rate, Self.rank, Self.alpha]))
        #expect(abs(step.value(at: Point([1e-5, 2, 4]))) < 1e-12)
        #expect(abs(step.value(at: Point([1e-2, 0, 64])) - 1) < 1e-12)
        #expect(abs(step.value(at: Point([1e-3, 0, 8])) - step.value(at: Point([1e-3, 1, 16]))) < 1e-12)
    }

    @Test func `A space that searches less than two of them has none, nor has one with another axis or a condition`() {
        #expect(stepSize([Self.rate, Self.other]) == nil)
        #expect(stepSize([Self.rate, Parameter(name: "r", distribution: .constant(.int(8)))]) == nil)
        #expect(stepSize([Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)), Self.rank]) == nil)
        let words = Distribution.categorical([.string("low"), .string("high")], probabilities: nil)
        #expect(stepSize([Self.rate, Parameter(name: "r", distribution: words)]) == nil)
        let conditional = Parameter(
            name: "alpha_over_r", distribution: .logUniform(min: 1, max: 2),
            condition: .init(parameter: "r", values: [.int(4)]))
        #expect(stepSize([Self.rate, Self.rank, conditional]) == nil)
    }

    @Test func `Its slopes are those of small differences`() throws {
        let coding = PointCoding(SearchSpace([Self.rate, Self.rank, Self.scale]))
        let space = FeatureSpace(coding)
        let step = try #require(space.step)
        #expect(space.count == 4 && space.groups == [0, 1, 2, 3])
        func value(_ parameter: Int, _ feature: Double) -> Double {
            var point = Point([1e-3, 1, 2])
            point.coordinates[parameter] = space.coordinate(of: parameter, at: feature)
            return space.features(of: point)[step.feature]
        }
        for parameter in [0, 2] {
            #expect(abs((value(parameter, 0.6) - value(parameter, 0.4)) / 0.2 - step.slope(by: parameter)) < 1e-6)
        }
        #expect(step.slope(by: 5) == 0)
    }

    @Test func `A climb along it ends where the model says what the search says`() throws {
        let space = SearchSpace([Self.rate, Self.rank, Self.scale, Self.other])
        let past = Observations(
            PointCoding(space),
            history: History.drawn(from: space, count: 30) { assignment in
                let rate = log(assignment["learning_rate"]?.number ?? .nan) + log(assignment["alpha_over_r"]?.number ?? .nan)
                return (rate + 6) * (rate + 6)
            })
        let model = try #require(GaussianProcessSearch(seed: 1).model(of: past, []))
        let search = AcquisitionSearch(model.process, best: model.best, past: past)
        var generator = SeededGenerator(seed: 4)
        let candidates = search.candidates(near: model.incumbents, using: &generator)
        for candidate in candidates.prefix(6) {
            let belief = model.process.belief(at: model.process.space.features(of: candidate.point))
            let value = LogExpectedImprovement.of(mean: belief.mean, sigma: belief.sigma, best: model.best).value
            #expect(abs(value - candidate.value) < 1e-3 * max(1, abs(value)))
        }
    }
}
