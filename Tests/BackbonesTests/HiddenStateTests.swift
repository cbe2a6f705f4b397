import Checkpoints
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

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

/// A BERT tuned at one site, or at none.
private func bert(_ site: String?, rows: RowSelection = .pooled, kernels: Kernels = .current) throws -> Bert {
    try bert(targets: .names(site.map { [$0] } ?? []), rows: rows, kernels: kernels)
}

private func bert(targets: TrainerSettings.TargetModules, rows: RowSelection, kernels: Kernels = .current) throws -> Bert {
    let weights = try BertWeights(modelFolder: ModelFolder.tiny)
    let method = LoRAConfiguration(rank: 2, alpha: 2, targets: targets)
    let sites = try method.placement.sites(of: weights.configuration, for: rows)
    let layout = ParameterLayout(method.parameters(at: sites))
    return try Bert(
        weights, method.attachments(for: rows, at: sites, in: layout, kernels: kernels),
        WeightStorage(kernels: kernels))
}

@Suite struct HiddenStateTests {
    @Test(arguments: RowSelection.allCases)
    func `the buffers that serve every layer of an evaluation have room for what each layer keeps`(rows: RowSelection) throws {
        // One site in the first layer, all of the last.
        let model = try bert(targets: .pattern("bert.encoder.layer.0.attention.self.query|bert.encoder.layer.2.*"), rows: rows)
        let room = model.keptWidths(ofBuffers: model.firstTunedLayer)
        for layer in model.layers {
            let needed = layer.groups.map(\.keptWidth)
            #expect(needed.count <= room.count)
            #expect(zip(needed, room).allSatisfy { $0 <= $1 }, "\(needed) in \(room)")
        }
    }

    /// Every layer's input, and the last one's result, kept as in training from the lowest layer on.
    @Test(arguments: Kernels.available, RowSelection.allCases)
    func `each layer's input and the last result are transformers'`(kernels: Kernels, rows: RowSelection) throws {
        let golden = try Golden()
        var batch = golden.batch
        if rows == .listed { batch.listed = [0, 2, 3] }
        let activations = BertActivations(
            try bert("bert.encoder.layer.0.attention.self.query", rows: rows, kernels: kernels))
        let zeros = FloatStorage(count: 4096)
        let pass = Pass(kernels: kernels, parameters: zeros.base, gradients: zeros.base)
        activations.model.pack(pass)
        _ = activations.forward(Shard(batch, sequences: 0..<batch.sequenceCount), pass: pass)
        let hidden = activations.model.configuration.hiddenSize
        for layer in 0..<3 {
            let ours = UnsafeBufferPointer(
                start: activations.buffers.layers[layer].x, count: golden.batch.tokenCount * hidden)
            #expect(zip(ours, try golden.hidden(layer)).allSatisfy { abs($0 - $1) < 2e-5 }, "layer \(layer)")
        }
        let last = try golden.hidden(3)
        let tokens =
            switch rows {
            case .pooled: batch.offsets.dropLast().map(Int.init)
            case .all: Array(0..<batch.tokenCount)
            case .listed: batch.listed.map(Int.init)
            }
        let output = activations.buffers.result.output
        for (row, token) in tokens.enumerated() {
            for i in 0..<hidden { #expect(abs(output[row * hidden + i] - last[token * hidden + i]) < 2e-5) }
        }
    }
}

@Suite struct BertBuffersTests {
    @Test(arguments: [
        ("bert.encoder.layer.0.attention.self.query", 3), ("bert.encoder.layer.1.output.dense", 2),
        ("bert.encoder.layer.2.output.dense", 1), ("bert.pooler.dense", 1),
    ])
    func `activations are kept from the lowest adapted layer on only`(site: String, layers: Int) throws {
        let activations = BertActivations(try bert(site))
        activations.fit(Capacity(tokens: 10, rows: 2, longest: 5))
        #expect(activations.buffers.layers.count == layers)
    }

    @Test func `what fits takes no new memory, what does not makes room for both`() throws {
        let activations = BertActivations(try bert(nil))
        activations.fit(Capacity(tokens: 300, rows: 2, longest: 5))
        #expect(activations.capacity == Capacity(tokens: 320, rows: 16, longest: 16))
        let before = activations.buffers.layers[0].x
        activations.fit(Capacity(tokens: 320, rows: 16, longest: 3))
        #expect(activations.buffers.layers[0].x == before)
        activations.fit(Capacity(tokens: 10, rows: 17, longest: 5))
        #expect(activations.capacity == Capacity(tokens: 320, rows: 32, longest: 16))
    }

    @Test func `no backward weight is kept where no gradient passes`() throws {
        let tuned = "bert.encoder.layer.1.attention.output.dense"
        let model = try bert(tuned)
        let order = try #require(model.configuration.sites(for: .pooled).first { $0.name == tuned }).order
        for group in model.groups {
            for linear in group.linears {
                #expect((linear.backwardWeight != nil) == (linear.site.order > order), "\(linear.site.name)")
            }
        }
    }
}
