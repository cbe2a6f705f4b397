import Backbones
import Checkpoints
import Finetuning
import Foundation
import Layers
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

/// A base in bf16 beside the same base in fp32.
@Suite struct PrecisionTests {
    private static func classifier(
        _ lora: LoRAConfiguration, _ precision: WeightPrecision, kernels: Kernels = .current, threads: Int = 1
    ) throws -> TunedModel {
        let classifier = try TunedModel(
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
        // A sum that rounds otherwise may fall to the other neighbor in bf16.
        for gradients in all.dropFirst() { #expect(Self.cosine(all[0], gradients) > 0.9999) }
    }

    @Test(arguments: WeightPrecision.allCases, [1, 2])
    func `the same precision and threads give the same bits`(precision: WeightPrecision, threads: Int) throws {
        let lora = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0.2, targets: .allLinear)
        let runs = try (0..<2).map { _ in
            let classifier = try Self.classifier(lora, precision, threads: threads)
            let loss = try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 5)
            return [loss] + classifier.parameters.gradients + (try classifier.logits(Fixture.batch))
        }
        #expect(runs[0] == runs[1])
    }

    // MARK: - Packed weights in a cache

    /// Loss, gradients and logits of a classifier that may find its weights in the folder.
    private static func numbers(_ cache: CacheFolder?, _ precision: WeightPrecision, _ kernels: Kernels) throws -> [Float] {
        let classifier = try TunedModel(
            modelFolder: Fixture.model, labels: Fixture.labels, lora: .init(rank: 2, alpha: 4, targets: .allLinear), seed: 3,
            precision: precision, cache: cache, kernels: kernels)
        classifier.threads = 1
        let loss = try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 5)
        let numbers = [loss] + classifier.parameters.gradients + (try classifier.logits(Fixture.batch))
        if let cache { classifier.savePackedWeights(in: cache) }
        return numbers
    }

    private static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).map { folder + "/" + $0 }
    }

    @Test(arguments: Kernels.available)
    func `weights packed by one trial are the next one's, to the same bits`(kernels: Kernels) throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let expected = try Self.numbers(nil, .bf16, kernels)
            #expect(try Self.numbers(cache, .bf16, kernels) == expected)
            let made = try Self.files(folder)
            #expect(made.count == 1)
            #expect(try Self.numbers(cache, .bf16, kernels) == expected)
            #expect(try Self.files(folder) == made)
        }
    }

    @Test func `the weights are read from the file, and a damaged one is made again`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let expected = try Self.numbers(cache, .bf16, .current)
            let file = try #require(try Self.files(folder).first)
            let whole = try Data(contentsOf: URL(filePath: file))
            var damaged = whole
            damaged[whole.count - 5] ^= 0x40
            for bytes in [damaged, whole.prefix(whole.count - 64), Data(), Data("weights".utf8)] {
                try bytes.write(to: URL(filePath: file))
                #expect(try Self.numbers(cache, .bf16, .current) == expected)
                #expect(try Data(contentsOf: URL(filePath: file)) == whole)
            }
            // Were the file not used, one that says zero under a right checksum would change nothing.
            let weights = try Architectures.weights(of: Fixture.model)
            let identity = try #require(weights.identity)
            let key = CacheKey(kind: "weights", ["model": identity, "layout": "bf16, \(Kernels.current)"])
            let size = try #require(cache.read(key)).bytes.count
            try [UInt8](repeating: 0, count: size).withUnsafeBytes { try cache.write($0, as: key) }
            #expect(try Self.numbers(cache, .bf16, .current) != expected)
        }
    }

    @Test func `other kernels pack otherwise, and fp32 keeps nothing`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            for kernels in Kernels.available { _ = try Self.numbers(cache, .bf16, kernels) }
            #expect(try Self.files(folder).count == Kernels.available.count)
        }
        try withTemporaryFolder { folder in
            let kept = try Self.numbers(CacheFolder(folder), .fp32, .current)
            #expect(try kept == Self.numbers(nil, .fp32, .current))
            #expect(try Self.files(folder).isEmpty)
        }
    }

    @Test func `where nothing can be kept, nothing is lost`() throws {
        let numbers = try Self.numbers(CacheFolder("/dev/null/cache"), .bf16, .current)
        #expect(try numbers == Self.numbers(nil, .bf16, .current))
    }

    @Test func `weights that are not quantized cannot stay so`() throws {
        let error = #expect(throws: CheckpointError.self) {
            try TunedModel(
                modelFolder: Fixture.model, method: LoRAConfiguration(), head: ClassificationHead(labels: ["a", "b"]), seed: 1,
                storage: WeightStorage(setting: .quantized))
        }
        #expect(error?.path == Fixture.model)
        let problem = try #require(error?.problem)
        #expect(problem.hasPrefix("its weights are not quantized"))
        #expect(problem.contains("(--precision or base_precision: quantized); give a GGUF file"))
        #expect(WeightStorage(setting: .quantized).precision == WeightStorage(setting: .auto).precision)
        #expect(WeightStorage(setting: .quantized).keepsBlocks && !WeightStorage(setting: .auto).keepsBlocks)
    }
}
