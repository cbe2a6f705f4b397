import Layers
import Methods
import Tensors
import Testing

@Suite struct DecomposedDeltaTests {
    private static let (inputs, outputs, rows) = (DeltaBench.inputs, DeltaBench.outputs, DeltaBench.rows)

    private static func method(dropout: Double = 0, isRankStabilized: Bool = false) -> LoRAConfiguration {
        var lora = LoRAConfiguration(rank: 3, alpha: 1.5, dropout: dropout)
        (lora.isDecomposed, lora.isRankStabilized) = (true, isRankStabilized)
        return lora
    }

    /// Rows of W + s B A of a tuned layer.
    private static func rows(_ bench: DeltaBench, _ number: Int, scale: Double) throws -> [[Double]] {
        let name = bench.sites[number].name
        let a = try #require(bench.layout.offset(of: name + ".lora_A.weight"))
        let b = try #require(bench.layout.offset(of: name + ".lora_B.weight"))
        return (0..<outputs).map { o in
            (0..<inputs).map { i in
                (0..<3).reduce(Double(bench.weights[number][o * inputs + i])) { sum, k in
                    sum + scale * Double(bench.parameters.base[b + o * 3 + k])
                        * Double(bench.parameters.base[a + k * inputs + i])
                }
            }
        }
    }

    private static func length(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test(arguments: Kernels.available, [[true, true], [true, false], [false, true], [true]])
    func `the result is each row in its direction and its own length`(kernels: Kernels, tuned: [Bool]) throws {
        for isRankStabilized in [false, true] {
            let method = Self.method(isRankStabilized: isRankStabilized)
            let bench = DeltaBench(method, tuned: tuned, kernels: kernels)
            let x = DeltaBench.input()
            for training in [false, true] {
                let y = bench.forward(x, training: training)
                for (number, isTuned) in tuned.enumerated() where isTuned {
                    let rows = try Self.rows(bench, number, scale: isRankStabilized ? 1.5 / 3.0.squareRoot() : 0.5)
                    let m = try #require(bench.layout.offset(of: bench.sites[number].name + ".lora_magnitude_vector"))
                    for (o, row) in rows.enumerated() {
                        let factor = Double(bench.parameters.base[m + o]) / Self.length(row)
                        for r in 0..<Self.rows {
                            let product = row.enumerated().reduce(0.0) { $0 + $1.1 * Double(x.base[r * Self.inputs + $1.0]) }
                            let wanted = factor * product + Double(bench.biases[number][o])
                            #expect(abs(Double(y[r * bench.stride + number * Self.outputs + o]) - wanted) < 1e-3)
                        }
                    }
                }
            }
        }
    }

    /// Where A or B is moved, the lengths m are moved with the rows' own, so that m / n stays: it is a constant in the backward.
    @Test(arguments: Kernels.available, [0, 0.4])
    func `gradients of A and B are those by differences with m / n held`(kernels: Kernels, dropout: Double) throws {
        let bench = DeltaBench(Self.method(dropout: dropout), tuned: [true], kernels: kernels)
        let (x, dx) = (DeltaBench.input(), DeltaBench.numbers(Self.rows * Self.inputs, seed: 11))
        let dy = DeltaBench.numbers(Self.rows * bench.stride, seed: 10)
        let m = try #require(bench.layout.offset(of: bench.sites[0].name + ".lora_magnitude_vector"))
        func loss() -> Double {
            zip(bench.forward(x, training: true), dy.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        _ = loss()
        bench.backward(x, dy: dy, dx: dx)
        let gradients = Array(bench.parameters.gradients)
        let lengths = try Self.rows(bench, 0, scale: 0.5).map(Self.length)
        let started = Array(bench.parameters.values)
        func moved(_ place: Int, by step: Float) throws -> Double {
            for i in started.indices { bench.parameters.values[i] = started[i] }
            bench.parameters.values[place] += step
            for (o, row) in try Self.rows(bench, 0, scale: 0.5).enumerated() {
                bench.parameters.values[m + o] = started[m + o] * Float(Self.length(row) / lengths[o])
            }
            return loss()
        }
        for entry in bench.parameters.entries where entry.shape.count == 2 {
            for i in entry.range {
                let slope = (try moved(i, by: 1e-2) - moved(i, by: -1e-2)) / 2e-2
                #expect(abs(Double(gradients[i]) - slope) < 0.05, "\(entry.name) \(i)")
            }
        }
    }

    @Test func `a row of zeros stays zero, and nothing becomes no number`() throws {
        let bench = DeltaBench(Self.method(), tuned: [true], kernels: .current)
        for i in bench.parameters.values.indices { bench.parameters.values[i] = 0 }
        let y = bench.forward(DeltaBench.input(), training: true)
        let dx = DeltaBench.numbers(Self.rows * Self.inputs, seed: 11)
        bench.backward(DeltaBench.input(), dy: DeltaBench.numbers(Self.rows * bench.stride, seed: 10), dx: dx)
        // m = 0: nothing but the bias is left.
        for r in 0..<Self.rows {
            for o in 0..<Self.outputs { #expect(abs(y[r * bench.stride + o] - bench.biases[0][o]) < 1e-5) }
        }
        #expect(bench.parameters.gradients.allSatisfy { $0.isFinite } && dx.values.allSatisfy { $0.isFinite })
    }
}
