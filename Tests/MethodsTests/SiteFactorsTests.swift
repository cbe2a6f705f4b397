import Backbones
import Layers
import Tensors
import Testing
import TrainerSettings

@testable import Methods

/// What A and B start from out of a weight, beside its whole decomposition by a plain Jacobi iteration.
@Suite struct SiteFactorsTests {
    private static func matrix(_ rows: Int, _ columns: Int, seed: UInt64 = 3) -> DenseMatrix {
        var random = RandomSource(seed: seed)
        // Some directions weigh more, as in trained weights.
        return DenseMatrix(
            rows: rows, columns: columns,
            values: (0..<rows * columns).map { random.normal() * (1 + 3 / Double(1 + $0 % columns)) })
    }

    /// B A [outputs, inputs].
    private static func product(_ factors: SiteFactors) -> [Double] {
        (0..<factors.b.columns).flatMap { o in
            (0..<factors.a.columns).map { i in
                (0..<factors.a.rows).reduce(0.0) {
                    $0 + factors.b[$1][$1 * factors.b.columns + o] * factors.a[$1][$1 * factors.a.columns + i]
                }
            }
        }
    }

    /// The best approximation of a rank is found by turns: the singular vectors of a side by alternating projections until they stand.
    private static func best(_ weight: DenseMatrix, rank: Int) -> [Double] {
        var rest = weight.values
        var sum = [Double](repeating: 0, count: rest.count)
        for _ in 0..<rank {
            var v = (0..<weight.columns).map { 1 + Double($0) / 7 }
            var u = [Double](repeating: 0, count: weight.rows)
            for _ in 0..<3000 {
                for o in 0..<weight.rows {
                    u[o] = (0..<weight.columns).reduce(0) { $0 + rest[o * weight.columns + $1] * v[$1] }
                }
                let length = u.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for o in 0..<weight.rows { u[o] /= length }
                for i in 0..<weight.columns {
                    v[i] = (0..<weight.rows).reduce(0) { $0 + rest[$1 * weight.columns + i] * u[$1] }
                }
            }
            for o in 0..<weight.rows {
                for i in 0..<weight.columns {
                    sum[o * weight.columns + i] += u[o] * v[i]
                    rest[o * weight.columns + i] -= u[o] * v[i]
                }
            }
        }
        return sum
    }

    @Test(arguments: [(9, 14), (14, 9), (12, 12)])
    func `PiSSA's product is the best one of its rank, and its scale is shared by both`(rows: Int, columns: Int) throws {
        let weight = Self.matrix(rows, columns)
        let wanted = Self.best(weight, rank: 3)
        for scale in [1.0, 4] {
            let factors = try #require(SiteFactors(principalOf: weight, rank: 3, scale: scale))
            #expect(zip(Self.product(factors), wanted).allSatisfy { abs(scale * $0 - $1) < 1e-6 })
            for k in 0..<3 {
                let (a, b) = (factors.a[k].reduce(0) { $0 + $1 * $1 }, factors.b[k].reduce(0) { $0 + $1 * $1 })
                #expect(abs(a - b) < 1e-9 * a, "A and B are not of one length")
            }
        }
        var random = RandomSource(seed: 5)
        let near = try #require(SiteFactors(principalOf: weight, rank: 3, scale: 1, rounds: 200, &random))
        #expect(zip(Self.product(near), wanted).allSatisfy { abs($0 - $1) < 1e-4 })
        let coarse = try #require(SiteFactors(principalOf: weight, rank: 3, scale: 1, rounds: 0, &random))
        #expect(zip(Self.product(coarse), wanted).contains { abs($0 - $1) > 1e-2 })
    }

    @Test func `of a matrix without that rank nothing is infinite`() throws {
        let weight = DenseMatrix(rows: 4, columns: 5, values: (0..<20).map { Double($0 / 5 + 1) })
        let factors = try #require(SiteFactors(principalOf: weight, rank: 3, scale: 2))
        #expect((factors.a.values + factors.b.values).allSatisfy { $0.isFinite })
        #expect(zip(Self.product(factors), weight.values).allSatisfy { abs(2 * $0 - $1) < 1e-6 })
    }

    @Test(arguments: [(9, 14), (14, 9)])
    func `OLoRA's factors are the first of the QR factors`(rows: Int, columns: Int) throws {
        let weight = Self.matrix(rows, columns)
        let factors = try #require(SiteFactors(qrOf: weight, rank: 4))
        for k in 0..<4 {
            for l in 0..<4 {
                let dot = zip(factors.b[k], factors.b[l]).reduce(0.0) { $0 + $1.0 * $1.1 }
                #expect(abs(dot - (k == l ? 1 : 0)) < 1e-12)
            }
            // R is a triangle.
            #expect(factors.a[k].prefix(k).allSatisfy { abs($0) < 1e-10 })
        }
        // The first columns of Q R are W's.
        let product = Self.product(factors)
        for o in 0..<rows { for i in 0..<4 { #expect(abs(product[o * columns + i] - weight[o][o * columns + i]) < 1e-10) } }
    }

    @Test func `orthogonal factors give nothing together, though neither is zero`() throws {
        var random = RandomSource(seed: 5)
        let site = Site(name: "s", layer: 0, inputs: 11, outputs: 7, order: 0, stream: 0)
        let factors = try #require(SiteFactors(orthogonalAt: site, rank: 6, &random))
        #expect(factors.a.rows == 6 && factors.a.columns == 11 && factors.b.rows == 6 && factors.b.columns == 7)
        #expect(factors.a.values.contains { abs($0) > 0.01 } && factors.b.values.contains { abs($0) > 0.01 })
        #expect(Self.product(factors).allSatisfy { abs($0) < 1e-12 })
    }

    @Test(arguments: [
        (
            TrainerSettings.AdapterStart.orthogonal, 3,
            "init_lora_weights orthogonal needs even ranks; that of bert.encoder.layer.0."
        ),
        (.pissa(rounds: nil), 64, "init_lora_weights pissa needs ranks up to a matrix's smaller side; that of bert.encoder"),
        (.olora, 33, "init_lora_weights olora needs ranks up to a matrix's smaller side; that of bert.encoder.layer.0."),
    ])
    func `ranks that a start cannot have are refused`(start: TrainerSettings.AdapterStart, rank: Int, problem: String) throws {
        var lora = LoRAConfiguration(rank: rank)
        lora.start = start
        let model = try Architectures.configuration(of: tinyBert)
        let error = #expect(throws: PlacementError.self) { try lora.sites(of: model, for: .pooled) }
        #expect(error?.setting == "init_lora_weights" && error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
        lora.rank = 4
        #expect(throws: Never.self) { try lora.sites(of: model, for: .pooled) }
    }
}
