import Backbones
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct OptimizerTests {
    private func parameters() -> TrainableParameters {
        let parameters = TrainableParameters(
            ParameterLayout([
                ParameterSpec("classifier.weight", shape: [4], owner: .head, start: .zero),
                ParameterSpec("classifier.bias", shape: [1], owner: .head, decays: false, start: .zero),
            ]))
        for (index, value) in [Float(0.5), -1, 2, 0, 0.25].enumerated() { parameters.values[index] = value }
        return parameters
    }

    private func set(_ gradients: [Float], _ parameters: TrainableParameters) {
        for (index, value) in gradients.enumerated() { parameters.gradients[index] = value }
    }

    /// torch.optim.AdamW(lr 0.01, weight decay 0.1 but for the bias) after clip_grad_norm_(1.0), twice.
    @Test func `two steps are those of torch, clipped and not clipped`() {
        let parameters = parameters()
        let optimizer = Optimizer(parameters, weightDecay: 0.1, maxGradNorm: 1)
        set([3, -4, 0, 1e-3, 12], parameters)
        #expect(abs(optimizer.update(step: 1, learningRate: 0.01) - 13) < 1e-6)
        let first: [Float] = [
            0.4895000159740448, -0.9890000224113464, 1.9980000257492065, -0.009998699650168419, 0.23999999463558197,
        ]
        for (value, wanted) in zip(parameters.values, first) { #expect(abs(value - wanted) < 1e-6) }

        set([0.1, 0.2, -0.3, 0, 0.05], parameters)
        #expect(abs(optimizer.update(step: 2, learningRate: 0.01) - 0.3774917721748352) < 1e-7)
        let second: [Float] = [
            0.47990286350250244, -0.986450731754303, 2.003443479537964, -0.01668805070221424, 0.2329065501689911,
        ]
        for (value, wanted) in zip(parameters.values, second) { #expect(abs(value - wanted) < 1e-6) }
    }

    @Test func `a norm of zero asks for no clipping`() {
        let clipped = parameters()
        let free = parameters()
        for (each, norm) in [(clipped, 1e-7), (free, 0)] {
            set([3, -4, 0, 1, 12], each)
            // Adam's first step is of one size unless the gradient is as small as its epsilon.
            _ = Optimizer(each, weightDecay: 0, maxGradNorm: norm).update(step: 1, learningRate: 0.01)
        }
        #expect(abs(free.values[0] - 0.49) < 1e-6)
        #expect(clipped.values[0] - free.values[0] > 1e-4)
    }

    @Test func `a gradient that is no number changes nothing`() {
        let parameters = parameters()
        let before = Array(parameters.values)
        set([.nan, 0, 0, 0, 0], parameters)
        #expect(Optimizer(parameters, weightDecay: 0.1, maxGradNorm: 1).update(step: 1, learningRate: 0.1).isNaN)
        #expect(Array(parameters.values) == before)
    }

    @Test func `LoRA+ raises the rate of matrices B and of vectors, and of nothing else`() throws {
        let model = try Architectures.configuration(of: Fixture.model)
        let method = LoRAConfiguration(rank: 2, alpha: 4)
        let specs =
            method.parameters(at: try method.sites(of: model, for: .pooled))
            + ClassificationHead(labels: Fixture.labels).parameters(on: model)
        for spec in specs {
            #expect(spec.hasOwnRate == (spec.name.contains("lora_B") || spec.name.hasSuffix("bias")), "\(spec.name)")
        }
        func moved(by ratio: Double, rate: Double) -> [Float] {
            let parameters = parameters()
            set([3, -4, 0, 1, 12], parameters)
            _ = Optimizer(parameters, weightDecay: 0.1, maxGradNorm: 1, rateRatio: ratio).update(step: 1, learningRate: rate)
            return Array(parameters.values)
        }
        // Both of these tensors have one dimension.
        #expect(moved(by: 4, rate: 0.01) == moved(by: 1, rate: 0.04))
        #expect(moved(by: 4, rate: 0.01) != moved(by: 1, rate: 0.01))
    }

    @Test func `only the head's bias keeps from decaying`() throws {
        let model = try Architectures.configuration(of: Fixture.model)
        let method = LoRAConfiguration(rank: 2, alpha: 4, targets: .allLinear)
        let adapter = method.parameters(at: try method.sites(of: model, for: .pooled))
        let head = ClassificationHead(labels: Fixture.labels).parameters(on: model)
        #expect(adapter.allSatisfy { $0.decays && $0.owner == .adapter })
        #expect(head.map(\.decays) == [true, false] && head.allSatisfy { $0.owner == .head })
    }
}
