import Backbones
import Foundation
import Layers
import Tensors
import Testing

@testable import Tasks

/// The chunks of a large batch beside all of it at once, in double precision.
@Suite struct VocabularyHeadTests {
    private struct Bench {
        let model: VocabularyBackbone
        let count: Int
        let width: Int
        let rows: FloatStorage
        let gradient: FloatStorage
        let targets: Targets
        let head: any AttachedHead

        init(_ count: Int, vocabulary: Int, _ storage: WeightStorage = WeightStorage()) throws {
            model = try VocabularyBackbone(vocabulary: vocabulary, storage: storage)
            self.count = count
            width = model.configuration.hiddenSize
            (rows, gradient) = (FloatStorage(count: count * width), FloatStorage(count: count * width))
            var random = RandomSource(seed: 3)
            for i in 0..<rows.count { rows.base[i] = Float(random.normal()) }
            targets = Targets(classes: (0..<count + 3).map { Int32($0 * 31 % vocabulary) })
            head = try CausalLMHead().attached(to: model, in: ParameterLayout([]), kernels: storage.kernels)
        }

        private var hidden: HiddenRows {
            HiddenRows(values: rows.base, gradient: gradient.base, rows: Rows(count: count, first: 3))
        }

        func pass(trains: Bool) -> Pass {
            Pass(kernels: model.storage.kernels, parameters: UnsafePointer(rows.base), gradients: trains ? gradient.base : nil)
        }

        func step(weight: Float) -> Double {
            let scratch = FloatStorage(count: head.scratchCount(rows: count))
            return head.step(hidden, targets: targets, weight: weight, scratch: scratch.base, pass: pass(trains: true))
        }

        func outputs() -> [Float] {
            let scratch = FloatStorage(count: head.scratchCount(rows: count))
            let outputs = FloatStorage(count: 2 * count)
            head.forward(hidden, targets: targets, into: outputs.base, scratch: scratch.base, pass: pass(trains: false))
            return Array(outputs.values)
        }

        /// -log p of each row's target, whether it is the greatest, and the gradient of the rows' sum.
        func reference() -> (losses: [Double], hits: [Bool], gradient: [Double]) {
            var (losses, hits, gradients): ([Double], [Bool], [Double]) = ([], [], [])
            for row in 0..<count {
                let logits = (0..<model.vocabulary).map { word in
                    (0..<width).reduce(0.0) {
                        $0 + Double(rows.base[row * width + $1]) * Double(model.words.base[word * width + $1])
                    }
                }
                let peak = logits.max() ?? 0
                let sum = logits.reduce(0) { $0 + exp($1 - peak) }
                let target = Int(targets.classes[3 + row])
                losses.append(log(sum) + peak - logits[target])
                hits.append(logits[target] == peak)
                var shares = logits.map { exp($0 - peak) / sum }
                shares[target] -= 1
                gradients += (0..<width).map { i in
                    (0..<model.vocabulary).reduce(0.0) { $0 + shares[$1] * Double(model.words.base[$1 * width + i]) }
                }
            }
            return (losses, hits, gradients)
        }
    }

    @Test(arguments: Kernels.available)
    func `losses, hits and gradients of more rows than one chunk are those of all at once`(kernels: Kernels) throws {
        let bench = try Bench(530, vocabulary: 71, WeightStorage(kernels: kernels))
        let wanted = bench.reference()
        let loss = bench.step(weight: 0.5)
        #expect(abs(loss / wanted.losses.reduce(0, +) - 1) < 1e-6)
        #expect(zip(bench.gradient.values, wanted.gradient).allSatisfy { abs(Double($0) - 0.5 * $1) < 1e-5 })
        let outputs = bench.outputs()
        for row in 0..<bench.count {
            #expect(abs(Double(outputs[2 * row]) - wanted.losses[row]) < 1e-4)
            #expect((outputs[2 * row + 1] == 1) == wanted.hits[row])
        }
        #expect(wanted.hits.contains(true) && wanted.hits.contains(false))
    }

    @Test func `in bf16 they are near`() throws {
        let bench = try Bench(300, vocabulary: 71, WeightStorage(.bf16))
        let wanted = bench.reference()
        #expect(abs(bench.step(weight: 1) / wanted.losses.reduce(0, +) - 1) < 1e-2)
        #expect(zip(bench.gradient.values, wanted.gradient).allSatisfy { abs(Double($0) - $1) < 0.05 })
    }

    @Test func `memory does not grow with the rows beyond one chunk, nor with a large vocabulary beyond a bound`() throws {
        let bench = try Bench(4, vocabulary: 71)
        #expect(bench.head.scratchCount(rows: 100_000) == bench.head.scratchCount(rows: 256))
        #expect(bench.head.scratchCount(rows: 8) < bench.head.scratchCount(rows: 256))
        let large = try Bench(1, vocabulary: 262_144)
        #expect(large.head.scratchCount(rows: 256) < 17 << 20 && large.head.scratchCount(rows: 256) > 16 << 20)
    }

    @Test func `targets that are not one a row are refused, and a model without the matrix too`() throws {
        #expect(throws: BatchError.self) { try CausalLMHead().check(Targets(classes: [1, 2]), rowCount: 3) }
        #expect(throws: BatchError.self) { try CausalLMHead().check(Targets(classes: [1, -100]), rowCount: 2) }
        try CausalLMHead().check(Targets(classes: [1, 2]), rowCount: 2)
        let bert = try Architectures.weights(of: VocabularyBackbone.fixture)
        let model = try bert.backbone(Attachments(rows: .listed), WeightStorage())
        let error = #expect(throws: (any Error).self) {
            try CausalLMHead().attached(to: model, in: ParameterLayout([]), kernels: .current)
        }
        #expect(error.map { "\($0)" }?.contains("no matrix of its vocabulary") == true)
    }
}
