import Glibc
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import Strategies

struct GaussianProcessTests {
    private let space = FeatureSpace(
        PointCoding(
            SearchSpace([
                Parameter(name: "x", distribution: .uniform(min: 0, max: 1)),
                Parameter(name: "y", distribution: .logUniform(min: 1e-4, max: 1)),
                Parameter(
                    name: "kind", distribution: .categorical([.string("a"), .string("b"), .string("c")], probabilities: nil)),
            ])))
    private let theta = GaussianProcess.Hyperparameters(weights: [3, 0.5, 1.5], variance: 1.3, noise: 1e-4)

    private var rows: [[Double]] {
        (0..<14).map { number in
            space.features(of: Point([Double(number * 5 % 14) / 14, pow(10, -4 * Double(number) / 14), Double(number % 3)]))
        }
    }

    private var targets: [Double] { (0..<14).map { sin(Double($0)) } }

    @Test func `It goes through its observations, and far from all it knows nothing`() throws {
        let exact = GaussianProcess.Hyperparameters(weights: [30, 30, 1.5], variance: 1.3, noise: 1e-6)
        let process = try #require(GaussianProcess(space, rows: rows, targets: targets, hyperparameters: exact))
        let beliefs = process.beliefs(at: rows.flatMap { $0 }, places: rows.count)
        for (belief, target) in zip(beliefs, targets) {
            #expect(abs(belief.mean - target) < 0.01)
            #expect(belief.sigma < 0.02)
        }
        var rough = theta
        rough.weights = [1e4, 1e4, 1e4]
        let far = try #require(GaussianProcess(space, rows: rows, targets: targets, hyperparameters: rough))
        let belief = far.belief(at: [0.53, 0.21, 0, 0, 0])
        #expect(abs(belief.mean) < 1e-6)
        #expect(abs(belief.sigma - 1.3.squareRoot()) < 1e-6)
    }

    /// The expected numbers are the textbook's formulas with an explicit inverse, in NumPy.
    @Test func `Two observations give the mean and the variance of the formulas`() throws {
        let line = FeatureSpace(
            PointCoding(SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))])))
        let process = try #require(
            GaussianProcess(
                line, rows: [[0.2], [0.7]], targets: [1, -0.5],
                hyperparameters: .init(weights: [4], variance: 2, noise: 0.1)))
        let belief = process.belief(at: [0.4])
        #expect(abs(belief.mean - 0.4258084068) < 1e-9)
        #expect(abs(belief.sigma - 0.4899498733) < 1e-9)
    }

    @Test func `One place at a time or many, the beliefs are the same, and their slopes are those of small differences`() throws
    {
        let process = try #require(GaussianProcess(space, rows: rows, targets: targets, hyperparameters: theta))
        let place = [0.37, 0.81, 0.5.squareRoot(), 0, 0]
        let one = process.belief(at: place)
        let many = process.beliefs(at: rows[3] + place, places: 2)[1]
        #expect(abs(one.mean - many.mean) < 1e-10)
        #expect(abs(one.sigma - many.sigma) < 1e-8)
        for feature in 0..<2 {
            var (left, right) = (place, place)
            left[feature] -= 1e-5
            right[feature] += 1e-5
            let (below, above) = (process.belief(at: left), process.belief(at: right))
            #expect(abs((above.mean - below.mean) / 2e-5 - one.meanSlopes[feature]) < 1e-5)
            #expect(abs((above.sigma - below.sigma) / 2e-5 - one.sigmaSlopes[feature]) < 1e-4)
        }
    }

    @Test func `The slopes of the fit are those of small differences`() {
        let fit = HyperparameterFit(space, rows: rows, targets: targets)
        let place = [0.3, -0.8, 0.5, 0.2, -5]
        var (slopes, ignored) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
        _ = fit.loss(at: place, slopes: &slopes)
        for index in place.indices {
            var (left, right) = (place, place)
            left[index] -= 1e-5
            right[index] += 1e-5
            let difference = fit.loss(at: right, slopes: &ignored) - fit.loss(at: left, slopes: &ignored)
            #expect(abs(difference / 2e-5 - slopes[index]) < 1e-4 * max(1, abs(slopes[index])), "\(index)")
        }
    }

    @Test func `A parameter that changes nothing is found to be smooth`() {
        let rows: [[Double]] = (0..<40).map { number in
            let (x, y) = (Double(number * 17 % 40) / 40, Double(number * 7 % 40) / 40)
            return [x, y, 0, 0, 0]
        }
        let theta = HyperparameterFit(space, rows: rows, targets: ScaledLosses.of(rows.map { sin(9 * $0[0]) })).best()
        #expect(theta.weights[0] > 5 * theta.weights[1])
        #expect(theta.noise < 0.01)
    }

    @Test func `Equal observations are no trouble`() throws {
        let same = [[Double]](repeating: [0.5, 0.5, 0.5.squareRoot(), 0, 0], count: 30)
        let theta = HyperparameterFit(space, rows: same, targets: [Double](repeating: 0, count: 30)).best()
        let process = try #require(
            GaussianProcess(space, rows: same, targets: [Double](repeating: 0, count: 30), hyperparameters: theta))
        #expect(abs(process.belief(at: same[0]).mean) < 1e-9)
    }
}

struct LogExpectedImprovementTests {
    /// The expected numbers were computed with 60 digits (mpmath).
    @Test(arguments: [
        (3.0, 1.0987396653277077), (0, -0.9189385332046727), (-1, -2.4851210257126413), (-10, -55.55312203612235),
        (-24.9, -317.35848574266737), (-25.1, -322.374409872464), (-100, -5010.12957880025), (-1e6, -500000000028.55),
    ])
    func `It is exact from near to far`(z: Double, value: Double) {
        #expect(abs(LogExpectedImprovement.standard(z).value - value) < 1e-9 * max(1, abs(value)))
    }

    @Test(arguments: [2.0, 0, -3, -24, -26, -300])
    func `Its slopes are those of small differences`(z: Double) {
        let step = 1e-5 * max(1, abs(z))
        func value(_ z: Double) -> Double { LogExpectedImprovement.standard(z).value }
        let difference = (value(z + step) - value(z - step)) / (2 * step)
        #expect(abs(difference - LogExpectedImprovement.standard(z).slope) < 1e-4 * max(1, abs(difference)))
        let (mean, sigma, best) = (1 - 0.3 * z, 0.3, 1.0)
        let at = LogExpectedImprovement.of(mean: mean, sigma: sigma, best: best)
        func improvement(_ mean: Double, _ sigma: Double) -> Double {
            LogExpectedImprovement.of(mean: mean, sigma: sigma, best: best).value
        }
        let byMean = (improvement(mean + 1e-6, sigma) - improvement(mean - 1e-6, sigma)) / 2e-6
        let bySigma = (improvement(mean, sigma + 1e-6) - improvement(mean, sigma - 1e-6)) / 2e-6
        #expect(abs(byMean - at.byMean) < 1e-3 * max(1, abs(at.byMean)))
        #expect(abs(bySigma - at.bySigma) < 1e-3 * max(1, abs(at.bySigma)))
    }
}
