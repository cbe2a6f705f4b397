import Testing

@testable import Confirmations

/// Against SciPy 1.17.
struct StudentTTests {
    @Test(arguments: [
        (0.0, 3.0, 0.5), (1.5, 1, 0.812_832_958_189_001_1), (-2.2, 4, 0.046_326_335_089_817_296),
        (2.015_048_372_669_157, 5, 0.949_999_999_957_647_4), (3.5, 27, 0.999_183_255_593_130_9),
        (-40, 2, 0.000_312_207_336_092_370_3), (0.3, 200, 0.617_755_634_905_336),
    ])
    func `the distribution's values are SciPy's`(x: Double, freedom: Double, expected: Double) {
        #expect(abs(StudentT.cumulative(x, freedom: freedom) - expected) < 1e-12)
    }

    @Test(arguments: [
        (0.3, 0.5, 2.5, 0.796_889_336_279_945_3), (0.7, 6, 0.5, 0.042_607_906_305_184_434),
        (0.02, 10, 0.5, 1.820_889_215_549_984_3e-18),
    ])
    func `the incomplete beta function's are too`(x: Double, a: Double, b: Double, expected: Double) {
        #expect(abs(StudentT.beta(x, a, b) - expected) <= 1e-12 * expected)
    }

    @Test func `beyond all numbers lies everything or nothing`() {
        #expect(StudentT.cumulative(.infinity, freedom: 3) == 1 && StudentT.cumulative(-.infinity, freedom: 3) == 0)
    }

    @Test func `a factor solves its matrix and knows its determinant`() {
        let factor = CholeskyFactor([4, 2, 2, 3], size: 2)
        let half = factor.solved([2, 5])
        // b^T A^-1 b by hand: A^-1 = [3 -2; -2 4] / 8.
        let product = half.reduce(0) { $0 + $1 * $1 }
        #expect(abs(product - 9) < 1e-12)
        #expect(abs(factor.logDeterminant - 2.079_441_541_679_835_7) < 1e-12)
    }
}
