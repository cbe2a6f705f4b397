import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Strategies

struct SobolSequenceTests {
    /// The expected numbers are SciPy 1.17's `qmc.Sobol(64, scramble=False)`'s.
    @Test(arguments: [
        (1, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), (2, [0.75, 0.25, 0.25, 0.75, 0.25, 0.75]),
        (3, [0.25, 0.75, 0.75, 0.25, 0.75, 0.25]), (7, [0.125, 0.625, 0.375, 0.875, 0.125, 0.375]),
        (100, [0.4140625, 0.2578125, 0.7734375, 0.6953125, 0.1328125, 0.6484375]),
        (777, [0.6923828125, 0.9365234375, 0.1630859375, 0.3232421875, 0.3583984375, 0.4267578125]),
        (1023, [0.0009765625, 0.7529296875, 0.6123046875, 0.8505859375, 0.6982421875, 0.0400390625]),
    ])
    func `Unscrambled, it is Joe's and Kuo's sequence`(number: Int, values: [Double]) {
        let sequence = SobolSequence(seed: nil)
        #expect([0, 1, 2, 9, 39, 63].map { sequence.value(number, dimension: $0) } == values)
        #expect(sequence.value(0, dimension: 5) == 0)
    }

    @Test(arguments: [nil, 1, 77])
    func `The first 2^k points have one in each of 2^k intervals, in every dimension`(seed: Int?) {
        let sequence = SobolSequence(seed: seed)
        for dimension in 0..<(SobolSequence.dimensions + 8) {
            let places = (0..<64).map { Int(sequence.value($0, dimension: dimension) * 64) }
            #expect(Set(places).count == 64, "dimension \(dimension)")
        }
    }

    @Test(arguments: [1, 2, 3])
    func `Scrambling keeps the first two dimensions a net: one point in every elementary interval`(seed: Int) {
        let sequence = SobolSequence(seed: seed)
        let points = (0..<256).map { (sequence.value($0, dimension: 0), sequence.value($0, dimension: 1)) }
        for wide in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
            let cells = points.map { Int($0.0 * Double(wide)) * 256 + Int($0.1 * Double(256 / wide)) }
            #expect(Set(cells).count == 256, "\(wide) columns")
        }
    }

    @Test func `Seeds give different points, and one seed the same`() {
        let first = (0..<32).map { SobolSequence(seed: 4).value($0, dimension: 3) }
        #expect(first == (0..<32).map { SobolSequence(seed: 4).value($0, dimension: 3) })
        #expect(first != (0..<32).map { SobolSequence(seed: 5).value($0, dimension: 3) })
        // Unbiased: over seeds, each point is uniform.
        let mean = (0..<2000).reduce(0) { $0 + SobolSequence(seed: $1).value(5, dimension: 2) } / 2000
        #expect(abs(mean - 0.5) < 0.03)
    }

    @Test func `It integrates better than random points do`() {
        func error(_ points: [[Double]]) -> Double {
            // The mean of the product of 4 x (1 - x) 1.5 over six dimensions is 1.
            abs(points.map { $0.reduce(1) { $0 * 6 * $1 * (1 - $1) } }.reduce(0, +) / Double(points.count) - 1)
        }
        var (even, random) = (0.0, 0.0)
        for seed in 0..<20 {
            let sequence = SobolSequence(seed: seed)
            var generator = SeededGenerator(seed: UInt64(seed))
            even += error((0..<512).map { number in (0..<6).map { sequence.value(number, dimension: $0) } })
            random += error((0..<512).map { _ in (0..<6).map { _ in generator.unit() } })
        }
        #expect(even < 0.4 * random)
    }
}

struct SobolSearchTests {
    @Test func `Trial n takes point n, whatever the trials before it were`() {
        let space = SearchSpace((0..<2).map { Parameter(name: "x\($0)", distribution: .uniform(min: 0, max: 1)) })
        var suggester = Suggester(SobolSearch(seed: 3), space: space, seed: 3)
        let sequence = SobolSequence(seed: 3)
        let elsewhere = (0..<5).map { Trial(id: Trial.ID($0), assignment: ["x0": .double(0.1), "x1": .double(0.2)]) }
        let expected: Assignment = [
            "x0": .double(sequence.value(5, dimension: 0)), "x1": .double(sequence.value(5, dimension: 1)),
        ]
        let suggestion = suggester.suggest(after: History(goal: .minimize, trials: elsewhere))
        #expect(suggestion == .assignment(expected, refused: 0))
    }

    @Test func `Sixteen trials have each of four choices four times, and each quarter of a number's range`() throws {
        let space = SearchSpace([
            Parameter(name: "kind", distribution: .categorical((0..<4).map { .int($0) }, probabilities: nil)),
            Parameter(name: "rate", distribution: .logUniform(min: 1e-4, max: 1)),
        ])
        var study = StudySimulator(Suggester(SobolSearch(seed: 8), space: space, seed: 8), runCap: 16) { _, _ in 1 }
        study.run()
        for choice in 0..<4 {
            #expect(study.history.trials.count { $0.assignment["kind"] == .int(choice) } == 4)
            let (low, high) = ([1e-4, 1e-3, 1e-2, 1e-1][choice], [1e-3, 1e-2, 1e-1, 1][choice])
            #expect(study.history.trials.count { (low..<high).contains($0.assignment["rate"]?.number ?? .nan) } == 4)
        }
    }

    @Test func `A branch's own parameters are spread evenly too`() {
        let toy = ToySpace.conditional
        var study = StudySimulator(Suggester(SobolSearch(seed: 2), space: toy.space, seed: 2), runCap: 96) { _, _ in 1 }
        study.run()
        let deep = study.history.trials.compactMap { $0.assignment["n"]?.number }
        #expect((60...68).contains(deep.count))
        #expect((28...36).contains(deep.count { $0 <= 20 }))
    }
}
