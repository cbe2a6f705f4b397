import Backbones
import Finetuning
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

@Suite struct ClassifierTests {
    private static func make(
        _ lora: LoRAConfiguration = .init(rank: 2, alpha: 4), seed: UInt64 = 1, threads: Int = 1
    ) throws -> TunedModel {
        let classifier = try TunedModel(
            modelFolder: Fixture.model, labels: Fixture.labels, lora: lora, seed: seed)
        classifier.threads = threads
        return classifier
    }

    @Test func `A starts uniform within its bound, B at zero, the head small with bias zero`() throws {
        let parameters = try Self.make(.init(rank: 8, alpha: 16, targets: .allLinear)).parameters
        for entry in parameters.entries {
            let values = parameters.values[entry.range]
            if entry.name.hasSuffix("lora_A.weight") {
                let bound = 1 / Float(entry.shape[1]).squareRoot()
                #expect(values.allSatisfy { abs($0) <= bound })
                #expect((values.map(abs).max() ?? 0) > 0.9 * bound)
            } else if entry.name.hasSuffix("classifier.weight") {
                let deviation = (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
                #expect(abs(deviation - 0.02) < 0.005)
            } else {
                #expect(values.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test func `the seed decides the start`() throws {
        let (first, same, other) = (try Self.make(seed: 1), try Self.make(seed: 1), try Self.make(seed: 2))
        #expect(Array(first.parameters.values) == Array(same.parameters.values))
        #expect(Array(first.parameters.values) != Array(other.parameters.values))
    }

    @Test func `an adapter whose B is zero changes no logit`() throws {
        let (few, many) = (try Self.make(), try Self.make(.init(rank: 4, alpha: 100, targets: .allLinear)))
        for i in 1...99 {
            for parameters in [few.parameters, many.parameters] {
                parameters.values[parameters.count - i] = Float(i % 7) / 10
            }
        }
        #expect(try difference(few.logits(Fixture.batch), many.logits(Fixture.batch)) < 1e-5)
    }

    @Test func `packed sequences do not see each other`() throws {
        let classifier = try Self.make(.init(rank: 3, alpha: 3, targets: .allLinear))
        let together = try classifier.logits(Fixture.batch)
        var alone: [Float] = []
        for sequence in 0..<Fixture.batch.sequenceCount {
            let range = Int(Fixture.batch.offsets[sequence])..<Int(Fixture.batch.offsets[sequence + 1])
            alone += try classifier.logits(PackedBatch(sequences: [Array(Fixture.batch.tokens[range])]))
        }
        #expect(difference(together, alone) < 1e-5)
    }

    @Test func `a batch larger than any before and smaller ones after give what they give alone`() throws {
        let classifier = try Self.make()
        let small = try classifier.logits(Fixture.batch)
        func sequence(_ number: Int) -> [Int32] { (0..<1 + number % 16).map { Int32(($0 * 7 + number) % 40) } }
        let large = PackedBatch(sequences: (0..<200).map(sequence))
        let many = try classifier.logits(large)
        #expect(many.count == 600 && many.allSatisfy(\.isFinite))
        #expect(try classifier.logits(Fixture.batch) == small)
        let last = try classifier.logits(PackedBatch(sequences: [sequence(199)]))
        #expect(difference(many.suffix(3), last) < 1e-5)
    }

    @Test(arguments: [0, 0.4], [2, 3, 8])
    func `threads change the gradients by rounding alone, dropout's masks included`(dropout: Double, threads: Int) throws {
        let lora = LoRAConfiguration(rank: 2, alpha: 4, dropout: dropout, targets: .allLinear)
        let (one, several) = (try Self.make(lora), try Self.make(lora, threads: threads))
        for (i, value) in one.parameters.values.indices.enumerated() {
            let start = Float(i % 13 - 6) / 20
            one.parameters.values[value] = start
            several.parameters.values[value] = start
        }
        let losses = try [one, several].map { try $0.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 7) }
        // In the last layer a mask's rows are sequences, in the others tokens: both are counted over the whole batch.
        #expect(abs(losses[0] - losses[1]) < 1e-5)
        #expect(difference(one.parameters.gradients, several.parameters.gradients) < 1e-5)
        #expect(try difference(one.logits(Fixture.batch), several.logits(Fixture.batch)) < 1e-5)
    }

    @Test(arguments: [1, 2])
    func `a batch so large that it is computed in parts has the mean loss and gradient`(threads: Int) throws {
        let classifier = try Self.make(.init(rank: 2, alpha: 4, targets: .allLinear), threads: threads)
        for i in classifier.parameters.values.indices { classifier.parameters.values[i] = Float(i % 13 - 6) / 20 }
        let sequences = (0..<400).map { number in (0..<1 + number % 16).map { Int32(($0 * 7 + number) % 40) } }
        let targets = sequences.indices.map { Int32($0 % 3) }
        let loss = try classifier.trainStep(PackedBatch(sequences: sequences), targets: targets, dropoutSeed: 0)
        let gradients = Array(classifier.parameters.gradients)
        var mean = (loss: Float(0), gradients: [Float](repeating: 0, count: gradients.count))
        for start in stride(from: 0, to: 400, by: 50) {
            let batch = PackedBatch(sequences: Array(sequences[start..<start + 50]))
            let part = try classifier.trainStep(batch, targets: Array(targets[start..<start + 50]), dropoutSeed: 0)
            mean.loss += part / 8
            for (i, gradient) in classifier.parameters.gradients.enumerated() { mean.gradients[i] += gradient / 8 }
        }
        #expect(abs(loss - mean.loss) < 1e-5)
        #expect(difference(gradients, mean.gradients) < 1e-5)
    }

    @Test(arguments: [1, 2])
    func `the same steps give the same bits`(threads: Int) throws {
        let runs = try (0..<2).map { _ in
            let classifier = try Self.make(.init(rank: 2, alpha: 4, dropout: 0.2, targets: .allLinear), threads: threads)
            for step in 1...3 {
                _ = try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: UInt64(step))
                let p = classifier.parameters
                for i in p.values.indices { p.values[i] -= 0.1 * p.gradients[i] }
            }
            return Array(classifier.parameters.values)
        }
        #expect(runs[0] == runs[1])
    }

    @Test func `dropout's seed decides the mask, and logits drop nothing`() throws {
        let classifier = try Self.make(.init(rank: 2, alpha: 4, dropout: 0.5))
        for i in classifier.parameters.values.indices { classifier.parameters.values[i] = Float(i % 5 - 2) / 5 }
        func loss(_ seed: UInt64) throws -> Float {
            try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: seed)
        }
        #expect(try loss(1) == loss(1))
        #expect(try loss(1) != loss(2))
        #expect(try classifier.logits(Fixture.batch) == classifier.logits(Fixture.batch))
    }

    @Test func `descending lowers the loss`() throws {
        let classifier = try Self.make(.init(rank: 4, alpha: 8, targets: .allLinear))
        let p = classifier.parameters
        let moments = [FloatStorage(count: p.count), FloatStorage(count: p.count)]
        var losses: [Float] = []
        for step in 1...60 {
            losses.append(try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0))
            adamW(
                values: p.values, gradients: UnsafeBufferPointer(p.gradients), firstMoments: moments[0].values,
                secondMoments: moments[1].values, step: step, learningRate: 1e-2, weightDecay: 0)
        }
        #expect(losses[0] > 0.8 && losses[59] < 0.05, "\(losses[0]) to \(losses[59])")
    }

    @Test func `what the model cannot take is refused by name`() throws {
        let classifier = try Self.make()
        func problem(_ sequences: [[Int32]]) -> String {
            let error = #expect(throws: BatchError.self) { try classifier.logits(PackedBatch(sequences: sequences)) }
            return error?.problem ?? ""
        }
        #expect(problem([[1], []]) == "a sequence of 0 tokens; the model takes 1 to 16")
        #expect(problem([[Int32](repeating: 1, count: 17)]) == "a sequence of 17 tokens; the model takes 1 to 16")
        #expect(problem([[1, 40]]) == "token 40 is not in the model's vocabulary of 40")
        #expect(problem([[-1]]) == "token -1 is not in the model's vocabulary of 40")
        #expect(problem([]).hasPrefix("an empty batch"))
        #expect(throws: BatchError.self) { try classifier.trainStep(Fixture.batch, targets: [0], dropoutSeed: 0) }
        #expect(throws: BatchError.self) { try classifier.trainStep(Fixture.batch, targets: [0, 1, 2, 3], dropoutSeed: 0) }
    }
}
