import Layers
import Tensors
import Testing
import TrainerSettings

@testable import Methods

/// Where EVA's A starts: in the directions in which inputs vary most.
@Suite struct InputMomentsTests {
    @Test(arguments: [[true, true], [false, true]], Kernels.available)
    func `moments are the inputs' sums, once for all that read them`(tuned: [Bool], kernels: Kernels) throws {
        let bench = DeltaBench(InputMoments(at: Placement(targets: .allLinear)), tuned: tuned, kernels: kernels)
        // Of the last layer those after the first have a place of their own, for where they read other rows.
        #expect(bench.layout.specs.count == (tuned[0] ? 2 : 1))
        let (x, size) = (DeltaBench.input(), DeltaBench.inputs)
        _ = bench.forward(x, training: true)
        bench.backward(x, dy: DeltaBench.numbers(DeltaBench.rows * bench.stride, seed: 4), dx: DeltaBench.input())
        let found = bench.parameters.gradients
        for i in 0..<size {
            let column = (0..<DeltaBench.rows).map { x.base[$0 * size + i] }
            #expect(abs(found[size * size + i] - column.reduce(0, +)) < 1e-5)
            for j in 0..<size {
                let dot = (0..<DeltaBench.rows).reduce(Float(0)) { $0 + x.base[$1 * size + i] * x.base[$1 * size + j] }
                #expect(abs(found[i * size + j] - dot) < 1e-4)
            }
        }
        #expect(found[size * size + size] == Float(DeltaBench.rows))
    }

    /// Inputs that vary by 5 and by 2 along two directions about a mean that is farther away.
    @Test func `directions are those of the variance, not of the mean, and orthonormal`() throws {
        try #require(LinearAlgebra.load() == nil)
        let (size, count) = (6, 4000)
        let (first, second) = ([0.6, 0, 0.8, 0, 0, 0], [0, 1.0, 0, 0, 0, 0])
        var random = RandomSource(seed: 2)
        let numbers = size * size + size + 1
        // The second site's own are empty, as it reads the same rows.
        var moments = [Float](repeating: 0, count: 2 * numbers)
        var sums = [Double](repeating: 0, count: numbers)
        for _ in 0..<count {
            let (a, b) = (5 * random.normal(), 2 * random.normal())
            let x = (0..<size).map { a * first[$0] + b * second[$0] + 0.1 * random.normal() + ($0 == 5 ? 30 : 0) }
            for i in 0..<size {
                sums[size * size + i] += x[i]
                for j in 0..<size { sums[i * size + j] += x[i] * x[j] }
            }
        }
        sums[size * size + size] = Double(count)
        for place in sums.indices { moments[place] = Float(sums[place]) }
        let sites = ["q", "k"].map { Site(name: $0, layer: 0, inputs: size, outputs: 3, order: 4, stream: 0) }
        let found = try #require(InputMoments.principal(moments, at: sites) { $0.name == "q" ? 2 : 1 })
        #expect(found.mapValues(\.count) == ["q": 2 * size, "k": size])
        func dot(_ row: ArraySlice<Float>, _ direction: [Double]) -> Double {
            zip(row, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
        }
        let q = try #require(found["q"])
        #expect(abs(abs(dot(q[..<size], first)) - 1) < 1e-3 && abs(abs(dot(q[size...], second)) - 1) < 1e-3)
        #expect(abs(dot(q[..<size], q[size...].map { Double($0) })) < 1e-6)
        #expect(try #require(found["k"]).map { abs($0) } == q[..<size].map { abs($0) })
        // Where it has moments of its own, its directions are of these: here of the greatest variance along one axis.
        var apart = moments
        for i in 0..<size { apart[numbers + i * size + i] = i == 4 ? 90 : 1 }
        apart[2 * numbers - 1] = 10
        let shares = try #require(InputMoments.shares(of: moments, at: sites) { $0.name == "q" ? 2 : 1 })
        #expect(shares["q"]?.count == 2 && shares["q"].map { $0[0] >= $0[1] && $0.reduce(0, +) <= 1.000001 } == true)
        let own = try #require(InputMoments.principal(apart, at: sites) { _ in 1 })
        let axis = try #require(own["k"])
        #expect(own["q"] == Array(q.prefix(size)) && abs(abs(axis[4]) - 1) < 1e-6)
        // Once for all that read one input, and no more once it is interrupted.
        var asked = 0
        let never = {
            asked += 1
            return false
        }
        #expect(InputMoments.principal(moments, at: sites, ranks: { _ in 1 }, isInterrupted: never) != nil && asked == 1)
        #expect(InputMoments.principal(moments, at: sites, ranks: { _ in 1 }, isInterrupted: { true }) == nil)
        for broken in [Float.nan, .infinity] {
            var other = moments
            other[1] = broken
            #expect(InputMoments.principal(other, at: sites) { _ in 1 } == nil)
        }
        moments[size * size + size] = 0
        #expect(InputMoments.principal(moments, at: sites) { _ in 1 } == nil)
    }
}

@Suite struct EVARankTests {
    @Test func `ranks go to the greatest shares, of equals to the first`() {
        let shares = [[0.5, 0.2, 0.1], [0.5, 0.2, 0.1], [0.9, 0.05], []]
        #expect(InputMoments.ranks(by: shares, count: 4) == [2, 1, 1, 0])
        #expect(InputMoments.ranks(by: shares, count: 0) == [0, 0, 0, 0])
        #expect(InputMoments.ranks(by: shares, count: 99) == [3, 3, 2, 0])
    }
}
