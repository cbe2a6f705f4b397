import Checkpoints
import Layers
import Tensors
import Testing

@testable import Backbones

/// What transformers computes for the packed batch of golden.safetensors (Benchmarks/fixtures/make_bert_fixtures.py).
private struct Golden {
    let batch: PackedBatch
    let file: SafetensorsFile

    init() throws {
        file = try SafetensorsFile(path: ModelFolder.tiny + "/golden.safetensors")
        batch = PackedBatch(
            tokens: try Self.read("tokens", file).map(Int32.init), offsets: try Self.read("offsets", file).map(Int32.init))
    }

    func hidden(_ layer: Int) throws -> [Float] { try Self.read("hidden.\(layer)", file) }

    private static func read(_ name: String, _ file: SafetensorsFile) throws -> [Float] {
        let tensor = try file.tensor(name)
        return withExtendedLifetime(tensor) { Array(tensor.values) }
    }
}

@Suite struct HiddenStateTests {
    /// Every layer's input, and the last one's result for the first tokens, kept as in training from the lowest layer on.
    @Test(arguments: Kernels.available)
    func `each layer's input and the last result are transformers'`(kernels: Kernels) throws {
        let golden = try Golden()
        let slot = LowRankSlot(rank: 1, scale: 1, aOffset: 0, bOffset: 32)
        let model = try Bert(
            BertWeights(modelFolder: ModelFolder.tiny), slots: ["bert.encoder.layer.0.attention.self.query": slot],
            separateInputs: false, kernels: kernels)
        let workspace = Workspace()
        let shard = Shard(golden.batch, sequences: 0..<golden.batch.sequenceCount)
        workspace.fit(shard.capacity, model: model, classes: 2)
        let zeros = FloatStorage(count: 64)
        let pass = Pass(kernels: kernels, parameters: zeros.base, gradients: zeros.base)
        model.pack(pass)
        let head = try #require(workspace.head)
        model.encode(
            shard, workspace, head: head, moment: try #require(workspace.moment), scratch: try #require(workspace.scratch),
            pass: pass)
        let hidden = model.configuration.hiddenSize
        for layer in 0..<3 {
            let ours = UnsafeBufferPointer(start: workspace.layers[layer].x, count: golden.batch.tokenCount * hidden)
            #expect(zip(ours, try golden.hidden(layer)).allSatisfy { abs($0 - $1) < 2e-5 }, "layer \(layer)")
        }
        let last = try golden.hidden(3)
        for sequence in 0..<golden.batch.sequenceCount {
            let first = Int(golden.batch.offsets[sequence]) * hidden
            for i in 0..<hidden { #expect(abs(head.output[sequence * hidden + i] - last[first + i]) < 2e-5) }
        }
    }

    @Test func `a part of a batch is computed as in the whole`() throws {
        let golden = try Golden()
        let model = try Bert(
            BertWeights(modelFolder: ModelFolder.tiny), slots: [:], separateInputs: false, kernels: .current)
        let classifier = BertClassifier(model, head: HeadSlot(classes: 2, weightOffset: 0, biasOffset: 64))
        let parameters = FloatStorage(count: 66)
        for i in 0..<66 { parameters.base[i] = Float(i % 9 - 4) }
        let pass = Pass(kernels: .current, parameters: parameters.base)
        classifier.pack(pass)
        let workspace = Workspace()
        let whole = Array(classifier.logits(Shard(golden.batch, sequences: 0..<4), workspace, pass: pass))
        let part = Array(classifier.logits(Shard(golden.batch, sequences: 1..<3), workspace, pass: pass))
        #expect(zip(part, whole[2..<6]).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}

@Suite struct WorkspaceTests {
    private static func model(_ module: String?) throws -> Bert {
        let slots = module.map { [$0: LowRankSlot(rank: 2, scale: 1, aOffset: 0, bOffset: 64)] } ?? [:]
        return try Bert(BertWeights(modelFolder: ModelFolder.tiny), slots: slots, separateInputs: false, kernels: .current)
    }

    @Test(arguments: [
        ("bert.encoder.layer.0.attention.self.query", 3), ("bert.encoder.layer.1.output.dense", 2),
        ("bert.encoder.layer.2.output.dense", 1), ("bert.pooler.dense", 1),
    ])
    func `activations are kept from the lowest adapted layer on only`(module: String, layers: Int) throws {
        let workspace = Workspace()
        workspace.fit(Capacity(tokens: 10, sequences: 2, longest: 5), model: try Self.model(module), classes: 2)
        #expect(workspace.layers.count == layers)
    }

    @Test func `what fits takes no new memory, what does not makes room for both`() throws {
        let (workspace, model) = (Workspace(), try Self.model(nil))
        workspace.fit(Capacity(tokens: 300, sequences: 2, longest: 5), model: model, classes: 2)
        #expect(workspace.capacity == Capacity(tokens: 512, sequences: 16, longest: 16))
        let before = workspace.layers[0].x
        workspace.fit(Capacity(tokens: 512, sequences: 16, longest: 3), model: model, classes: 2)
        #expect(workspace.layers[0].x == before)
        workspace.fit(Capacity(tokens: 10, sequences: 17, longest: 5), model: model, classes: 2)
        #expect(workspace.capacity == Capacity(tokens: 512, sequences: 32, longest: 16))
    }

    @Test func `no backward weight is kept where no gradient passes`() throws {
        let model = try Self.model("bert.encoder.layer.1.attention.output.dense")
        for group in model.layers.flatMap(\.groups) + [model.pooler] {
            for linear in group.linears {
                #expect((linear.backwardWeight != nil) == (linear.module.depth > 5), "\(linear.module.name)")
            }
        }
    }
}
