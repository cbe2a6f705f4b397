import Glibc
import SearchSpaces
import Testing
import TrainerSettings

@testable import Strategies

struct NumericScaleTests {
    @Test func `A stepped parameter's axis is half a step wider, a logarithmic one's is in logarithms`() throws {
        let int = try #require(NumericScale(.intUniform(min: 1, max: 6)))
        #expect((int.low, int.high) == (0.5, 6.5))
        #expect(int.stretch(of: 3, step: 1) == (2.5, 3.5))
        let log2 = try #require(NumericScale(.intLogUniform(min: 2, max: 64)))
        #expect((log2.low, log2.high) == (log(1.5), log(64.5)))
        #expect(log2.place(of: 8) == log(8.0))
        #expect(log2.coordinate(at: log(8.4)) == 8)
    }

    @Test func `A step that reaches zero is cut at half the least value`() throws {
        let scale = try #require(NumericScale(.quantizedLogUniform(min: 0.5, max: 8, q: 1)))
        #expect(scale.low == log(0.25))
        #expect(scale.stretch(of: 0.5, step: 1).left == log(0.25))
    }

    @Test func `A normal parameter lies at its quantile`() throws {
        let normal = try #require(NumericScale(.normal(mu: 2, sigma: 0.5)))
        #expect(normal.place(of: 2) == 0.5)
        #expect(abs(normal.place(of: 2.5) - 0.8413447460685429) < 1e-14)
        #expect(abs(normal.coordinate(at: 0.8413447460685429) - 2.5) < 1e-12)
        let logNormal = try #require(NumericScale(.logNormal(mu: -3, sigma: 1)))
        #expect(abs(logNormal.place(of: exp(-4)) - 0.15865525393145707) < 1e-14)
        #expect(abs(logNormal.coordinate(at: 0.15865525393145707) - exp(-4)) < 1e-12)
    }

    @Test(arguments: [
        Distribution.constant(.int(1)), .categorical([.int(1), .int(2)], probabilities: nil), .intUniform(min: 3, max: 3),
        .uniform(min: 1, max: 1),
    ])
    func `What is no number, or one only, has no axis`(distribution: Distribution) {
        let scale = NumericScale(distribution)
        #expect(scale == nil, "\(String(describing: scale))")
    }
}
