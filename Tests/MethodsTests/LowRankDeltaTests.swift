import Layers
import Methods
import Tensors
import Testing

@Suite struct LowRankDeltaTests {
    private static let (inputs, outputs, rows) = (DeltaBench.inputs, DeltaBench.outputs, DeltaBench.rows)

    @Test(arguments: Kernels.available, [[true, true], [true, false], [false, true], [false, false], [true]])
    func `the result is base plus scale B A x`(kernels: Kernels, tuned: [Bool]) {
        for rank in [3, 17] {
            let lora = LoRAConfiguration(rank: rank, alpha: 0.5 * Double(rank))
            let (bench, x) = (DeltaBench(lora, tuned: tuned, kernels: kernels), DeltaBench.input())
            let y = bench.forward(x, training: false)
            for (number, site) in bench.sites.enumerated() {
                let a = bench.layout.offset(of: site.name + ".lora_A.weight")
                let b = bench.layout.offset(of: site.name + ".lora_B.weight")
                for row in 0..<Self.rows {
                    let input = (0..<Self.inputs).map { Double(x.base[row * Self.inputs + $0]) }
                    let low = (0..<rank).map { r in
                        (0..<Self.inputs).reduce(0.0) { sum, i in
                            sum + (a.map { Double(bench.parameters.base[$0 + r * Self.inputs + i]) } ?? 0) * input[i]
                        }
                    }
                    for o in 0..<Self.outputs {
                        var expected = Double(bench.biases[number][o])
                        for i in 0..<Self.inputs {
                            expected += Double(bench.weights[number][o * Self.inputs + i]) * input[i]
                        }
                        if let b {
                            for r in 0..<rank { expected += 0.5 * Double(bench.parameters.base[b + o * rank + r]) * low[r] }
                        }
                        #expect(abs(Double(y[row * bench.stride + number * Self.outputs + o]) - expected) < 1e-4)
                    }
                }
            }
        }
    }
}
