import Backbones
import FoundationEssentials
import Layers
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

/// What a step's loss and gradient are means of: over accumulated batches, with weights of classes, with label smoothing.
@Suite struct TrainedLossTests {
    private static let rows = Fixture.targets.count

    private static func model(_ loss: CrossEntropy = CrossEntropy()) throws -> TunedModel {
        let lora = LoRAConfiguration(rank: 2, alpha: 4, targets: .allLinear)
        return try Fixture(name: "gradients", lora: lora, activation: "gelu").withModel { folder in
            var head = ClassificationHead(labels: Fixture.labels)
            head.loss = loss
            let model = try TunedModel(
                modelFolder: folder, method: lora, head: head, seed: 3, storage: WeightStorage())
            var random = RandomSource(seed: 4)
            for i in model.parameters.values.indices { model.parameters.values[i] = Float(0.3 * random.normal()) }
            model.threads = 1
            return model
        }
    }

    private static func shaped() -> CrossEntropy {
        var loss = CrossEntropy()
        (loss.smoothing, loss.weights) = (0.2, [0.5, 2, 1.25])
        return loss
    }

    /// The mean loss of some of the batch's rows, and its gradient.
    private static func step(_ model: TunedModel, _ rows: Range<Int>) throws -> (loss: Double, gradient: [Float]) {
        let offsets = Fixture.batch.offsets
        let start = offsets[rows.lowerBound]
        let batch = PackedBatch(
            tokens: Array(Fixture.batch.tokens[Int(start)..<Int(offsets[rows.upperBound])]),
            offsets: offsets[rows.lowerBound...rows.upperBound].map { $0 - start })
        let loss = try model.trainStep(batch, targets: Targets(classes: Array(Fixture.targets[rows])), dropoutSeed: 0)
        return (Double(loss), Array(model.parameters.gradients))
    }

    @Test(arguments: [false, true])
    func `a step over two batches is the mean over their rows, each as it counts`(isShaped: Bool) throws {
        let model = try Self.model(isShaped ? Self.shaped() : CrossEntropy())
        let (cut, all) = (1, Self.rows)
        let parts = try [0..<cut, cut..<all].map { try Self.step(model, $0) }
        let whole = try Self.step(model, 0..<all)
        let counts = [0..<cut, cut..<all].map {
            model.head.whole(of: Targets(classes: Array(Fixture.targets[$0])), rowCount: $0.count)
        }
        let sum = counts[0] + counts[1]
        let mean = zip(parts, counts).reduce(0.0) { $0 + $1.0.loss * $1.1 } / sum
        #expect(abs(whole.loss - mean) < 1e-5)
        for i in whole.gradient.indices {
            let mean = zip(parts, counts).reduce(0.0) { $0 + Double($1.0.gradient[i]) * $1.1 } / sum
            #expect(abs(Double(whole.gradient[i]) - mean) < 1e-5)
        }
        #expect(isShaped == (counts != [1, Double(all - 1)]))
    }

    @Test func `with weights and smoothing every gradient is the loss's slope by differences`() throws {
        let model = try Self.model(Self.shaped())
        let gradient = try Self.step(model, 0..<Self.rows).gradient
        for entry in model.parameters.entries {
            var random = RandomSource(seed: 7)
            let direction = entry.range.map { _ in Float(random.normal()) }
            let start = Array(model.parameters.values[entry.range])
            func loss(at distance: Float) throws -> Double {
                for (i, at) in entry.range.enumerated() { model.parameters.values[at] = start[i] + distance * direction[i] }
                return try Self.step(model, 0..<Self.rows).loss
            }
            let numeric = (try loss(at: 1e-3) - loss(at: -1e-3)) / 2e-3
            _ = try loss(at: 0)
            let analytic = zip(entry.range, direction).reduce(0.0) { $0 + Double(gradient[$1.0]) * Double($1.1) }
            let size = entry.range.reduce(0.0) { $0 + Double(gradient[$1]) * Double(gradient[$1]) }.squareRoot()
            #expect(abs(numeric - analytic) / max(size, 0.05) < 0.02, "\(entry.name)")
        }
    }

    @Test func `a step of accumulated batches is one of a batch as large`() throws {
        let model = try TinyModel()
        // The first steps take the same rows, in the file's order.
        func losses(_ more: [String: SettingValue], _ output: String) throws -> [[Double]] {
            let common: [String: SettingValue] = [
                "lora_dropout": .int(0), "eval_batch_size": .int(8), "shuffle": .bool(false), "max_steps": .int(3),
                "eval_steps": .int(1), "class_weights": .string("balanced"),
            ]
            var all: [[Double]] = []
            let trainer = try model.trainer(
                model.settings(common.merging(more) { $1 }), output: model.folder.path + "/" + output)
            _ = try trainer.run(report: { all.append([$0.loss] + $0.metrics.map(\.value)) })
            return all
        }
        let parts = try losses(["batch_size": .int(4), "gradient_accumulation_steps": .int(2)], "parts")
        #expect(try losses(["batch_size": .int(8)], "whole") == parts && parts.count == 3)
        #expect(try losses(["batch_size": .int(4)], "half") != parts)
    }

    @Test(arguments: [
        ["class_weights": SettingValue.string("balanced")], ["class_weights": .array([.int(1), .int(2), .double(0.5)])],
        ["label_smoothing_factor": .double(0.2)],
    ])
    func `a trial is trained by such a loss and measured by the plain one, stopped or not`(more: [String: SettingValue]) throws
    {
        let model = try TinyModel()
        func reports(_ settings: TrainerSettings, _ output: String, stopAfter: Int? = nil, resume: Bool = false) throws
            -> [Figures]
        {
            var all: [Figures] = []
            let trainer = try model.trainer(
                settings, output: model.folder.path + "/" + output, resume: resume, stopAfter: stopAfter)
            _ = try trainer.run(report: { all.append(Figures($0)) })
            return all
        }
        // With a rate of 0 nothing is learned: only what is measured can differ.
        func still(_ more: [String: SettingValue]) throws -> TrainerSettings {
            try model.settings(more.merging(["learning_rate": .int(0)]) { $1 })
        }
        let (shaped, plain) = (try reports(still(more), "still"), try reports(still([:]), "plain"))
        #expect(
            zip(shaped, plain).allSatisfy {
                $0.numbers[1] != $1.numbers[1] && $0.numbers.dropFirst(2) == $1.numbers.dropFirst(2)
            })
        let settings = try model.settings(more)
        let whole = try reports(settings, "whole")
        let parts = try reports(settings, "parts", stopAfter: 1) + reports(settings, "parts", resume: true)
        #expect(whole == parts && whole.count == 3)
    }

    @Test func `weights that are not of the labels are refused`() throws {
        let model = try TinyModel()
        let two = try model.settings(["class_weights": .array([.int(1), .int(2)])])
        let error = #expect(throws: InputError.self) { try model.trainer(two) }
        #expect(error?.description.hasPrefix("class_weights: has 2 weights, and there are 3 labels: ") == true)
    }
}
