import Tensors
import Testing

@testable import Backbones

/// Two layers that read one input of 20, the first with an adapter of rank 3, the second with one of rank 2 or none.
private struct Group {
    static let (inputs, outputs, rows) = (20, 33, 6)
    let group: LinearGroup
    let weights: [[Float]]
    let biases: [[Float]]
    let parameters: FloatStorage
    let ranks: [Int]
    let dropout: Double

    init(ranks: [Int], dropout: Double = 0, kernels: Kernels) {
        var random = RandomSource(seed: 8)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
        self.ranks = ranks
        self.dropout = dropout
        weights = ranks.map { _ in numbers(Self.inputs * Self.outputs) }
        biases = ranks.map { _ in numbers(Self.outputs) }
        let total = ranks.reduce(0, +)
        var (a, b) = (0, total * Self.inputs)
        var linears: [Linear] = []
        for (number, rank) in ranks.enumerated() {
            let module = LinearModule(
                name: "layer\(number)", role: number == 0 ? .query : .key, layer: 0, inputs: Self.inputs,
                outputs: Self.outputs, depth: 0)
            let slot = rank == 0 ? nil : LowRankSlot(rank: rank, scale: 0.5, aOffset: a, bOffset: b)
            linears.append(Self.linear(module, weights[number], biases[number], slot: slot, kernels: kernels))
            a += rank * Self.inputs
            b += rank * Self.outputs
        }
        group = LinearGroup(linears, kernels: kernels)
        parameters = FloatStorage(count: max(1, b))
        for i in 0..<b { parameters.base[i] = Float(random.normal()) }
    }

    private static func linear(
        _ module: LinearModule, _ weight: [Float], _ bias: [Float], slot: LowRankSlot?, kernels: Kernels
    ) -> Linear {
        weight.withUnsafeBufferPointer { weight in
            bias.withUnsafeBufferPointer {
                Linear(module, weight: weight, bias: $0, slot: slot, passesGradient: true, kernels: kernels)
            }
        }
    }

    func pass(_ kernels: Kernels, gradients: Floats?) -> Pass {
        Pass(kernels: kernels, parameters: parameters.base, gradients: gradients, dropout: dropout, dropoutSeed: 6)
    }
}

@Suite struct LinearGroupTests {
    private static let (inputs, outputs, rows) = (Group.inputs, Group.outputs, Group.rows)

    /// y of all layers side by side, [rows, layers x outputs].
    private static func forward(_ g: Group, _ x: FloatStorage, low: FloatStorage, scratch: Scratch, _ pass: Pass) -> [Float] {
        let stride = g.ranks.count * outputs
        let y = FloatStorage(count: rows * stride)
        g.group.pack(pass.parameters, training: pass.isTraining, kernels: pass.kernels)
        g.group.forward(
            x.base, rows: Rows(count: rows, first: 3), into: g.ranks.indices.map { y.base + $0 * outputs }, stride: stride,
            low: low.base, scratch: scratch, pass: pass)
        return Array(y.values)
    }

    private static func withScratch<Result>(_ body: (Scratch, FloatStorage) throws -> Result) rethrows -> Result {
        let pieces = (0..<5).map { _ in FloatStorage(count: 4096) }
        let narrow = UnsafeMutableRawPointer(pieces[4].base).assumingMemoryBound(to: BFloat16.self)
        let scratch = Scratch(dropped: pieces[0].base, narrow: narrow, low: pieces[1].base, turned: pieces[2].base)
        return try withExtendedLifetime(pieces) { try body(scratch, pieces[3]) }
    }

    private static func input() -> FloatStorage {
        var random = RandomSource(seed: 9)
        let x = FloatStorage(count: rows * inputs)
        for i in 0..<x.count { x.base[i] = Float(random.normal()) }
        return x
    }

    @Test(arguments: Kernels.available, [[3, 2], [3, 0], [0, 2], [0, 0], [17]])
    func `the result is base plus scale B A x`(kernels: Kernels, ranks: [Int]) {
        let (g, x) = (Group(ranks: ranks, kernels: kernels), Self.input())
        let y = Self.withScratch { Self.forward(g, x, low: $1, scratch: $0, g.pass(kernels, gradients: nil)) }
        let stride = ranks.count * Self.outputs
        for (number, linear) in g.group.linears.enumerated() {
            for row in 0..<Self.rows {
                let input = (0..<Self.inputs).map { Double(x.base[row * Self.inputs + $0]) }
                for o in 0..<Self.outputs {
                    var expected = Double(g.biases[number][o])
                    for i in 0..<Self.inputs { expected += Double(g.weights[number][o * Self.inputs + i]) * input[i] }
                    if let slot = linear.adapter?.slot {
                        for r in 0..<slot.rank {
                            let a = g.parameters.base + slot.aOffset + r * Self.inputs
                            let u = (0..<Self.inputs).reduce(0.0) { $0 + Double(a[$1]) * input[$1] }
                            expected += 0.5 * Double(g.parameters.base[slot.bOffset + o * slot.rank + r]) * u
                        }
                    }
                    #expect(abs(Double(y[row * stride + number * Self.outputs + o]) - expected) < 1e-4)
                }
            }
        }
    }

    private static let settings: [(ranks: [Int], dropout: Double)] = [([3, 2], 0), ([0, 2], 0), ([4], 0.4), ([0, 0], 0)]

    @Test(arguments: Kernels.available, settings)
    func `gradients of input, A and B are those by differences`(kernels: Kernels, setting: (ranks: [Int], dropout: Double)) {
        let (g, x) = (Group(ranks: setting.ranks, dropout: setting.dropout, kernels: kernels), Self.input())
        let stride = setting.ranks.count * Self.outputs
        var random = RandomSource(seed: 10)
        let dy = FloatStorage(count: Self.rows * stride)
        for i in 0..<dy.count { dy.base[i] = Float(random.normal()) }
        let gradients = FloatStorage(count: g.parameters.count)
        let dx = FloatStorage(count: x.count)
        for i in 0..<dx.count { dx.base[i] = 1 }
        Self.withScratch { scratch, low in
            let pass = g.pass(kernels, gradients: gradients.base)
            func loss() -> Double {
                zip(Self.forward(g, x, low: low, scratch: scratch, pass), dy.values).reduce(0) {
                    $0 + Double($1.0) * Double($1.1)
                }
            }
            func slope(_ place: Floats) -> Double {
                let start = place.pointee
                place.pointee = start + 1e-2
                let up = loss()
                place.pointee = start - 1e-2
                let down = loss()
                place.pointee = start
                return (up - down) / 2e-2
            }
            _ = loss()
            g.group.backward(
                x.base, dy: setting.ranks.indices.map { dy.base + $0 * Self.outputs }, stride: stride,
                rows: Rows(count: Self.rows, first: 3), low: low.base, dx: dx.base, accumulate: true, scratch: scratch,
                pass: pass)
            for i in 0..<x.count { #expect(abs(Double(dx.base[i] - 1) - slope(x.base + i)) < 0.05) }
            for i in 0..<(g.parameters.count == 1 ? 0 : g.parameters.count) {
                #expect(abs(Double(gradients.base[i]) - slope(g.parameters.base + i)) < 0.05, "parameter \(i)")
            }
        }
    }
}
