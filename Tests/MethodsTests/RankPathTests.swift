import Tensors
import Testing

@testable import Methods

/// Spectra of B A without that product, and the path of nested choices.
@Suite struct RankPathTests {
    private static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> DenseMatrix {
        var random = RandomSource(seed: seed)
        return DenseMatrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in random.normal() })
    }

    private static func spectrum(_ name: String, _ a: DenseMatrix, _ b: DenseMatrix, scale: Double = 1) throws -> ModuleSpectrum
    {
        try #require(LinearAlgebra.load() == nil)
        return try #require(ModuleSpectrum(name, a: a, b: b, scale: scale))
    }

    /// B_k A_k [outputs, inputs].
    private static func product(_ spectrum: ModuleSpectrum, rank: Int, scale: Double = 1) -> [Double] {
        let (a, b) = spectrum.factors(rank: rank, scale: scale)
        return (0..<spectrum.outputs).flatMap { o in
            (0..<spectrum.inputs).map { i in
                (0..<rank).reduce(0) { $0 + scale * Double(b[o * rank + $1]) * Double(a[$1 * spectrum.inputs + i]) }
            }
        }
    }

    @Test(arguments: [(5, 14, 9), (5, 9, 14), (12, 7, 9), (8, 8, 8), (20, 6, 5), (1, 6, 5)])
    func `values, and what is left at each rank, are those of the whole product's decomposition`(
        rank: Int, inputs: Int, outputs: Int
    ) throws {
        let (a, b) = (Self.matrix(rank, inputs, seed: 1), Self.matrix(rank, outputs, seed: 2))
        let spectrum = try Self.spectrum("m", a, b, scale: 1.5)
        var whole = DenseMatrix.product(b.transposed, a)
        for place in whole.values.indices { whole.values[place] *= 1.5 }
        let plain = try #require(LinearAlgebra.singularValues(of: whole))
        #expect(spectrum.values.count == min(rank, inputs, outputs) && spectrum.values == spectrum.values.sorted(by: >))
        #expect(zip(spectrum.values, plain.values).allSatisfy { abs($0 - $1) < 1e-9 * plain.values[0] })
        for kept in 0...spectrum.values.count {
            for scale in [1, 3.0] {
                let cut = Self.product(spectrum, rank: kept, scale: scale)
                let best = (0..<whole.values.count).map { place in
                    (0..<kept).reduce(0) {
                        $0 + plain.u[$1][$1 * outputs + place / inputs] * plain.values[$1]
                            * plain.v[$1][$1 * inputs + place % inputs]
                    }
                }
                #expect(zip(cut, best).allSatisfy { abs($0 - $1) < 1e-5 }, "rank \(kept)")
                let error = zip(whole.values, cut).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                let beyond = spectrum.values.dropFirst(kept).reduce(0) { $0 + $1 * $1 }
                #expect(abs(error - beyond) < 1e-4 * (1 + beyond), "the error is not the sum of squares beyond")
            }
        }
    }

    @Test func `an adapter that was not trained has nothing to keep`() throws {
        let b = DenseMatrix(rows: 3, columns: 6, values: [Double](repeating: 0, count: 18))
        let spectrum = try Self.spectrum("m", Self.matrix(3, 8, seed: 1), b)
        #expect(spectrum.values.allSatisfy { $0 == 0 } && spectrum.factors(rank: 3).a.allSatisfy(\.isFinite))
        let path = RankPath([spectrum], fixed: 7)
        #expect(path.share(after: 0) == 1 && path.place(keeping: 0.99) == 0)
    }

    private static func modules() throws -> [ModuleSpectrum] {
        try [(4, 10, 6), (3, 6, 30), (6, 12, 12), (2, 5, 5)].enumerated().map { number, size in
            try spectrum(
                "module\(number)", matrix(size.0, size.1, seed: UInt64(number)), matrix(size.0, size.2, seed: 9), scale: 2)
        }
    }

    @Test(arguments: [0, 1])
    func `choices are nested, each the best by what it keeps for a parameter, and budgets are met`(least: Int) throws {
        let modules = try Self.modules()
        let path = RankPath(modules, fixed: 11, least: least)
        #expect(path.ranks(after: 0) == modules.map { _ in least })
        #expect(path.ranks(after: path.stepCount) == modules.map(\.rank) && path.share(after: path.stepCount) == 1)
        let total = modules.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1 * $1 } }
        func cost(_ ranks: [Int]) -> Int { zip(modules, ranks).reduce(11) { $0 + $1.0.cost * $1.1 } }
        for place in 0..<path.stepCount {
            let (before, after) = (path.ranks(after: place), path.ranks(after: place + 1))
            #expect(zip(before, after).allSatisfy { $0 <= $1 } && after.reduce(0, +) == before.reduce(0, +) + 1)
            #expect(path.parameters(after: place) == cost(before))
            let kept = zip(modules, before).reduce(0) { $0 + $1.0.values.prefix($1.1).reduce(0) { $0 + $1 * $1 } }
            #expect(abs(path.share(after: place) - kept / total) < 1e-12)
            // No other module had more to give.
            func worth(_ module: Int) -> Double {
                let values = modules[module].values
                return before[module] < values.count
                    ? values[before[module]] * values[before[module]] / Double(modules[module].cost) : 0
            }
            let chosen = try #require(before.indices.first { before[$0] < after[$0] })
            #expect(before.indices.allSatisfy { worth($0) <= worth(chosen) })
        }
        for budget in stride(from: 0, through: path.parameters(after: path.stepCount) + 40, by: 7) {
            guard let place = path.place(within: budget) else {
                #expect(budget < path.parameters(after: 0))
                continue
            }
            #expect(path.parameters(after: place) <= budget)
            #expect(place == path.stepCount || path.parameters(after: place + 1) > budget)
        }
        let half = path.place(keeping: 0.5)
        #expect(path.share(after: half) >= 0.5 && (half == 0 || path.share(after: half - 1) < 0.5))
    }

    @Test(arguments: 1...20)
    func `places of a curve rise and end with the whole`(count: Int) throws {
        let path = try RankPath(Self.modules(), fixed: 0)
        let places = path.places(count: count)
        #expect(places.last == path.stepCount && places.count <= count && places == Array(Set(places)).sorted())
    }
}

extension DenseMatrix {
    fileprivate var transposed: DenseMatrix {
        DenseMatrix(
            rows: columns, columns: rows, values: (0..<columns).flatMap { c in (0..<rows).map { values[$0 * columns + c] } })
    }
}
