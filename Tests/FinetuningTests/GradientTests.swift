import Backbones
import Finetuning
import Foundation
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

/// The analytic gradient beside differences of the loss, along random directions and at single parameters.
private struct GradientCheck {
    let classifier: TunedModel
    let dropoutSeed: UInt64

    func loss() throws -> Double {
        Double(try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: dropoutSeed))
    }

    /// The largest relative difference over the tensors: each is moved along a random direction of its own.
    func worst(step: Float = 1e-3) throws -> (difference: Double, name: String) {
        _ = try loss()
        let gradients = Array(classifier.parameters.gradients)
        var worst = (difference: 0.0, name: "")
        for (number, entry) in classifier.parameters.entries.enumerated() {
            var random = RandomSource(seed: UInt64(number))
            let direction = entry.range.map { _ in Float(random.normal()) }
            let start = Array(classifier.parameters.values[entry.range])
            func loss(at distance: Float) throws -> Double {
                for (i, at) in entry.range.enumerated() {
                    classifier.parameters.values[at] = start[i] + distance * direction[i]
                }
                return try self.loss()
            }
            let numeric = (try loss(at: step) - loss(at: -step)) / Double(2 * step)
            _ = try loss(at: 0)
            let analytic = zip(entry.range, direction).reduce(0.0) { $0 + Double(gradients[$1.0]) * Double($1.1) }
            let size = entry.range.reduce(0.0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }.squareRoot()
            let difference = abs(numeric - analytic) / max(size, 0.05)
            if difference > worst.difference { worst = (difference, entry.name) }
        }
        return worst
    }
}

@Suite struct GradientTests {
    private static func classifier(
        _ lora: LoRAConfiguration, kernels: Kernels = .current, activation: String = "gelu"
    ) throws -> TunedModel {
        let fixture = Fixture(name: "gradients", lora: lora, activation: activation)
        return try fixture.withModel { model in
            let classifier = try TunedModel(
                modelFolder: model, labels: Fixture.labels, lora: lora, seed: 3, kernels: kernels)
            // B starts at zero, where half of all gradients vanish.
            var random = RandomSource(seed: 4)
            for i in classifier.parameters.values.indices {
                classifier.parameters.values[i] = Float(0.3 * random.normal())
            }
            classifier.threads = 1
            return classifier
        }
    }

    static let placements: [LoRAConfiguration] = [
        .init(rank: 2, alpha: 4),
        .init(rank: 3, alpha: 3, targets: .allLinear),
        .init(rank: 2, alpha: 4, targets: .allLinear, layers: .last(1)),
        .init(rank: 2, alpha: 4, targets: .allLinear, layers: .indices([0, 2])),
        .init(rank: 17, alpha: 4, targets: .names(["key"])),
        .init(rank: 2, alpha: 4, targets: .names(["attention.output.dense"]), layers: .indices([1])),
        .init(rank: 2, alpha: 4, targets: .names(["intermediate.dense"]), layers: .indices([1])),
        .init(rank: 1, alpha: 4, targets: .names(["bert.encoder.layer.1.output.dense"])),
        .init(rank: 2, alpha: 4, targets: .names(["pooler.dense"])),
        .init(rank: 5, alpha: 1, targets: .names(["query", "key", "value"])),
    ]

    @Test(arguments: placements, [0, 0.3])
    func `every gradient is the loss's slope by differences, also under a fixed dropout mask`(
        lora: LoRAConfiguration, dropout: Double
    ) throws {
        var lora = lora
        lora.dropout = dropout
        let worst = try GradientCheck(classifier: Self.classifier(lora), dropoutSeed: 11).worst()
        #expect(worst.difference < 0.02, "\(worst.name)")
    }

    @Test(arguments: Kernels.available, ["gelu", "gelu_new"])
    func `in every variant and with both kinds of gelu`(kernels: Kernels, activation: String) throws {
        let lora = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0.1, targets: .allLinear)
        let classifier = try Self.classifier(lora, kernels: kernels, activation: activation)
        let worst = try GradientCheck(classifier: classifier, dropoutSeed: 12).worst()
        #expect(worst.difference < 0.02, "\(worst.name)")
    }

    @Test func `each single parameter of a small adapter`() throws {
        let classifier = try Self.classifier(.init(rank: 1, alpha: 2, targets: .names(["value"]), layers: .last(1)))
        let check = GradientCheck(classifier: classifier, dropoutSeed: 0)
        _ = try check.loss()
        let gradients = Array(classifier.parameters.gradients)
        for i in classifier.parameters.values.indices {
            let start = classifier.parameters.values[i]
            classifier.parameters.values[i] = start + 5e-3
            let up = try check.loss()
            classifier.parameters.values[i] = start - 5e-3
            let down = try check.loss()
            classifier.parameters.values[i] = start
            #expect(abs((up - down) / 1e-2 - Double(gradients[i])) < 1e-3, "parameter \(i)")
        }
    }

    @Test(arguments: placements)
    func `gradients are overwritten, not added up`(lora: LoRAConfiguration) throws {
        let classifier = try Self.classifier(lora)
        let check = GradientCheck(classifier: classifier, dropoutSeed: 5)
        _ = try check.loss()
        let first = Array(classifier.parameters.gradients)
        for i in classifier.parameters.gradients.indices { classifier.parameters.gradients[i] = 1000 }
        _ = try check.loss()
        #expect(Array(classifier.parameters.gradients) == first)
    }
}
