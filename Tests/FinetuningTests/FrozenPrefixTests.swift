import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

/// A classifier with its data, whose steps can be taken with the prefix kept and without.
private struct Bench {
    let model: TinyModel
    let examples: TokenizedExamples
    let settings: TrainerSettings
    let batches: [[Int]] = [[3, 1, 4], [0, 29, 7, 11, 5, 2], [3, 8, 1, 28, 4], Array(0..<30), Array((0..<30).reversed())]

    init(_ model: TinyModel, _ more: [String: SettingValue]) throws {
        self.model = model
        settings = try model.settings(more)
        var data = TokenizedData(ClassificationTask.self, settings, cache: nil)
        examples = try TaskData(ClassificationTask.self, settings, from: &data).training
    }

    func classifier(_ kernels: Kernels = .current, threads: Int = 1) throws -> TunedModel {
        let classifier = try TunedModel(
            modelFolder: settings.model, labels: ["a", "b", "c"], lora: LoRAConfiguration(settings), seed: 1,
            precision: WeightPrecision(settings.precision, kernels: kernels), kernels: kernels)
        classifier.threads = threads
        return classifier
    }

    func prefix(_ classifier: TunedModel, warn: @escaping (String) -> Void = { Issue.record("\($0)") }) -> FrozenPrefix? {
        FrozenPrefix(classifier, examples, settings, in: CacheFolder(model.folder.path + "/cache"), warn: warn)
    }

    /// Losses, gradients and logits of steps that change the parameters.
    func numbers(_ classifier: TunedModel, _ prefix: FrozenPrefix?) throws -> [[Float]] {
        var numbers: [[Float]] = []
        for (step, indices) in batches.enumerated() {
            let (batch, labels) = examples.batch(indices)
            let loss = try classifier.trainStep(
                batch, targets: labels, dropoutSeed: UInt64(step), prefix: prefix?.rows(indices, batch))
            let gradients = Array(classifier.parameters.gradients)
            for index in 0..<classifier.parameters.count {
                classifier.parameters.values[index] -= 0.5 * gradients[index]
            }
            numbers += [[loss], gradients, try classifier.logits(batch, prefix: prefix?.rows(indices, batch))]
        }
        return numbers
    }
}

@Suite struct FrozenPrefixTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    /// Which setting names the layers, and how many of the three are frozen then.
    static let placements: [([String: SettingValue], Int)] = [
        (["layers_to_transform": .string("last-2")], 1), (["layers_to_transform": .string("last-1")], 2),
        (["target_modules": .array([.string("pooler.dense")])], 2),
        (["target_modules": .string("all-linear"), "layers_to_transform": .string("last-1")], 2),
        (["target_modules": .array([.string("output.dense")]), "layers_to_transform": .array([.int(1)])], 1),
    ]

    @Test(arguments: Kernels.available, [("fp32", 1), ("fp32", 2), ("bf16", 1), ("bf16", 2)])
    func `losses, gradients and logits are the same bits as without it`(
        kernels: Kernels, setting: (precision: String, threads: Int)
    ) throws {
        let threads = setting.threads
        for (placement, depth) in Self.placements {
            for dropout in [0.0, 0.3] {
                let more: [String: SettingValue] = [
                    "lora_dropout": .double(dropout), "precision": .string(setting.precision),
                ]
                let bench = try Bench(model, placement.merging(more) { $1 })
                let expected = try bench.numbers(bench.classifier(kernels, threads: threads), nil)
                let classifier = try bench.classifier(kernels, threads: threads)
                #expect(classifier.prefixDepth == depth)
                let cold = try #require(bench.prefix(classifier))
                #expect(try bench.numbers(classifier, cold) == expected)
                let another = try bench.classifier(kernels, threads: threads)
                #expect(try bench.numbers(another, bench.prefix(another)) == expected)
            }
        }
    }

    @Test func `what is kept is what is used`() throws {
        let bench = try Bench(model, ["layers_to_transform": .string("last-1")])
        let classifier = try bench.classifier()
        let expected = try bench.numbers(classifier, bench.prefix(classifier))
        // Another model would give other rows; these are the first one's, or the losses would differ.
        let rows = try #require(bench.prefix(classifier))
        let (batch, _) = bench.examples.batch(0..<30)
        let kept = try rows.rows(0..<30, batch)
        var direct = [Float](repeating: 0, count: batch.tokenCount * 32)
        try direct.withUnsafeMutableBufferPointer { try classifier.prefix(batch, into: #require($0.baseAddress)) }
        #expect(direct.indices.allSatisfy { direct[$0] == kept[$0] })
        #expect(direct.contains { $0 != 0 } && expected.allSatisfy { !$0.isEmpty })
    }

    @Test func `one file for all trials of the same depth, and none where every layer is adapted`() throws {
        func files() -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: model.folder.path + "/cache")) ?? []).filter {
                $0.hasPrefix("prefix-")
            }
        }
        let all = try Bench(model, [:])
        #expect(try all.prefix(all.classifier()) == nil)
        #expect(files().isEmpty)
        for (rank, count) in [(2, 1), (4, 1), (8, 1)] {
            let bench = try Bench(model, ["layers_to_transform": .string("last-1"), "r": .int(rank), "seed": .int(rank)])
            #expect(try bench.prefix(bench.classifier()) != nil)
            #expect(files().count == count)
        }
        for (index, more) in [
            ["layers_to_transform": SettingValue.string("last-2")],
            ["layers_to_transform": .string("last-1"), "max_length": .int(9)],
        ].enumerated() {
            let bench = try Bench(model, more)
            #expect(try bench.prefix(bench.classifier()) != nil)
            #expect(files().count == index + 2)
        }
        let bench = try Bench(model, ["layers_to_transform": .string("last-1")])
        for kernels in Kernels.available { #expect(try bench.prefix(bench.classifier(kernels)) != nil) }
        #expect(files().count == 2 + Kernels.available.count)
    }

    @Test func `another model file or other data are never taken for these`() throws {
        let bench = try Bench(model, ["layers_to_transform": .string("last-1")])
        let classifier = try bench.classifier()
        _ = try bench.numbers(classifier, bench.prefix(classifier))
        let weights = model.folder.path + "/model.safetensors"
        var bytes = try #require(FileManager.default.contents(atPath: weights))
        let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
        for index in stride(from: header + 1, to: bytes.count, by: 4) { bytes[index] ^= 0x80 }
        try bytes.write(to: URL(filePath: weights))
        let expected = try bench.numbers(bench.classifier(), nil)
        let other = try bench.classifier()
        #expect(try bench.numbers(other, bench.prefix(other)) == expected)

        let text = String(decoding: try #require(model.folder.contents("train.jsonl")), as: UTF8.self)
        try model.folder.write(text.replacing("film", with: "plot"), as: "train.jsonl")
        let replaced = try Bench(model, ["layers_to_transform": .string("last-1")])
        let third = try replaced.classifier()
        #expect(try replaced.numbers(third, replaced.prefix(third)) == replaced.numbers(replaced.classifier(), nil))
    }

    @Test func `with room for some examples, the rest is computed and the numbers are the same`() throws {
        let more: [String: SettingValue] = ["layers_to_transform": .string("last-2")]
        let plain = try Bench(model, more)
        let expected = try plain.numbers(plain.classifier(), nil)
        let bench = try Bench(model, more.merging(["prefix_cache": .string("20KB")]) { $1 })
        var warnings: [String] = []
        for _ in 0..<2 {
            let classifier = try bench.classifier()
            #expect(try bench.numbers(classifier, bench.prefix(classifier, warn: { warnings.append($0) })) == expected)
        }
        #expect(warnings.count == 2)
        #expect(warnings[0].hasPrefix("prefix_cache: room for "), "\(warnings)")
    }

    @Test func `where no file can be made, training goes on and says so once`() throws {
        let bench = try Bench(model, ["layers_to_transform": .string("last-2")])
        var warnings: [String] = []
        let prefix = FrozenPrefix(
            try bench.classifier(), bench.examples, bench.settings, in: CacheFolder("/dev/null/cache"),
            warn: { warnings.append($0) })
        #expect(prefix == nil)
        #expect(warnings.count == 1 && warnings[0].hasPrefix("prefix_cache: /dev/null/cache: cannot be made"), "\(warnings)")
    }
}
