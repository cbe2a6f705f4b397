import Tensors
import Testing

/// The buffers of one optimizer, stepped together.
private struct Optimizer {
    var values: [Float]
    var first: [Float]
    var second: [Float]
    var step = 0

    init(_ values: [Float]) {
        self.values = values
        first = values.map { _ in 0 }
        second = first
    }

    mutating func step(_ gradients: [Float], rate: Double, decay: Double, scale: Float = 1, kernels: Kernels) {
        step += 1
        let step = step
        values.withUnsafeMutableBufferPointer { values in
            first.withUnsafeMutableBufferPointer { first in
                second.withUnsafeMutableBufferPointer { second in
                    gradients.withUnsafeBufferPointer { gradients in
                        adamW(
                            values: values, gradients: gradients, firstMoments: first, secondMoments: second, step: step,
                            learningRate: rate, weightDecay: decay, gradientScale: scale, kernels: kernels)
                    }
                }
            }
        }
    }
}

@Suite struct AdamWTests {
    private static let start: [Float] = [0.5, -1.25, 2, 0, 1e-3]
    private static let gradients: [[Float]] = [
        [0.1, -0.2, 3, 0, 1e-6], [-0.4, -0.1, 2.5, 0.01, -2e-6], [0.05, 0.3, -1, 0, 5e-7],
    ]

    /// torch.optim.AdamW(lr=1e-2, weight_decay=0.1), torch 2.13.
    @Test(arguments: Kernels.available)
    func `three steps are torch's`(kernels: Kernels) {
        var optimizer = Optimizer(Self.start)
        for gradient in Self.gradients { optimizer.step(gradient, rate: 1e-2, decay: 0.1, kernels: kernels) }
        let theirs: [Float] = [0.497634977, -1.22778106, 1.96828818, -0.0131861074, -0.00389315188]
        for (ours, torch) in zip(optimizer.values, theirs) { #expect(abs(ours - torch) < 2e-7, "\(ours) \(torch)") }
    }

    @Test(arguments: Kernels.available)
    func `scaling the gradients is the same as scaled gradients`(kernels: Kernels) {
        var (scaled, plain) = (Optimizer(Self.start), Optimizer(Self.start))
        for gradient in Self.gradients {
            scaled.step(gradient.map { 4 * $0 }, rate: 1e-2, decay: 0, scale: 0.25, kernels: kernels)
            plain.step(gradient, rate: 1e-2, decay: 0, kernels: kernels)
        }
        #expect(scaled.values == plain.values)
    }

    @Test func `a rate of zero changes nothing but the moments`() {
        var optimizer = Optimizer(Self.start)
        optimizer.step(Self.gradients[0], rate: 0, decay: 0.1, kernels: .current)
        #expect(optimizer.values == Self.start)
        #expect(abs(optimizer.first[1] + 0.02) < 1e-8)
    }

    @Test(arguments: Kernels.available, [1, 16, 37])
    func `decay shrinks what has no gradient`(kernels: Kernels, count: Int) {
        var optimizer = Optimizer([Float](repeating: 2, count: count))
        optimizer.step([Float](repeating: 0, count: count), rate: 0.1, decay: 0.5, kernels: kernels)
        #expect(optimizer.values.allSatisfy { abs($0 - 1.9) < 1e-6 })
    }
}
