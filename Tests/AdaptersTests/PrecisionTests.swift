import Adapters
import Models
import Tensors
import Testing
import TrainerSettings

/// A base in bf16 beside the same base in fp32.
@Suite struct PrecisionTests {
    private static func classifier(
        _ lora: LoRAConfiguration, _ precision: Precision, kernels: Kernels = .current, threads: Int = 1
    ) throws -> AdaptedClassifier {
        let classifier = try AdaptedClassifier(
            modelFolder: Fixture.model, labels: Fixture.labels, lora: lora, seed: 3, precision: precision, kernels: kernels)
        var random = RandomSource(seed: 4)
        for i in classifier.parameters.values.indices {
            classifier.parameters.values[i] = Float(0.3 * random.normal())
        }
        classifier.threads = threads
        return classifier
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }

    @Test(arguments: Kernels.available, GradientTests.placements)
    func `bf16 changes losses, logits and gradients little, but does change them`(
        kernels: Kernels, lora: LoRAConfiguration
    ) throws {
        let wide = try Self.classifier(lora, .fp32, kernels: kernels)
        let narrow = try Self.classifier(lora, .bf16, kernels: kernels)
        let losses = try [wide, narrow].map { try $0.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 5) }
        #expect(abs(losses[0] - losses[1]) < 0.05 * max(1, losses[0]) && losses[0] != losses[1])
        #expect(try difference(wide.logits(Fixture.batch), narrow.logits(Fixture.batch)) < 0.05)
        #expect(Self.cosine(Array(wide.parameters.gradients), Array(narrow.parameters.gradients)) > 0.999)
    }

    @Test(arguments: GradientTests.placements, [0, 0.3])
    func `every kernel variant computes bf16 to the same precision`(lora: LoRAConfiguration, dropout: Double) throws {
        var lora = lora
        lora.dropout = dropout
        let all = try Kernels.available.map { kernels in
            let classifier = try Self.classifier(lora, .bf16, kernels: kernels)
            _ = try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 5)
            return Array(classifier.parameters.gradients)
        }
        // A sum that rounds otherwise may fall to the other neighbour in bf16.
        for gradients in all.dropFirst() { #expect(Self.cosine(all[0], gradients) > 0.9999) }
    }

    @Test(arguments: Precision.allCases, [1, 2])
    func `the same precision and threads give the same bits`(precision: Precision, threads: Int) throws {
        let lora = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0.2, targets: .allLinear)
        let runs = try (0..<2).map { _ in
            let classifier = try Self.classifier(lora, precision, threads: threads)
            let loss = try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 5)
            return [loss] + classifier.parameters.gradients + (try classifier.logits(Fixture.batch))
        }
        #expect(runs[0] == runs[1])
    }
}
