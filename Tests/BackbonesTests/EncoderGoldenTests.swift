import Checkpoints
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

@testable import Backbones

@Suite struct EncoderGoldenTests {
    private func model(_ tiny: TinyEncoder, rows: RowSelection, _ kernels: Kernels = .current) throws -> Bert {
        let weights = try tiny.weights()
        let lowest = weights.configuration.sites(for: rows)[0].name
        let method = LoRAConfiguration(rank: 2, alpha: 2, targets: .names([lowest]))
        let sites = try method.placement.sites(of: weights.configuration, for: rows)
        let layout = ParameterLayout(method.parameters(at: sites))
        return try Bert(
            weights, method.attachments(for: rows, at: sites, in: layout, kernels: kernels), WeightStorage(kernels: kernels))
    }

    @Test(arguments: TinyEncoder.all, Kernels.available)
    func `each layer's input and the last result are transformers'`(name: String, kernels: Kernels) throws {
        let tiny = TinyEncoder(name)
        let batch = try tiny.batch()
        let activations = BertActivations(try model(tiny, rows: .all, kernels))
        let zeros = FloatStorage(count: 4096)
        let pass = Pass(kernels: kernels, parameters: zeros.base, gradients: zeros.base)
        activations.model.pack(pass)
        let result = activations.forward(Shard(batch, sequences: 0..<batch.sequenceCount), pass: pass)
        let count = batch.tokenCount * activations.model.configuration.hiddenSize
        for layer in 0...3 {
            let ours = layer < 3 ? activations.buffers.layers[layer].x : result.values
            let golden = try tiny.numbers("hidden.\(layer)")
            #expect(golden.count == count)
            #expect(
                zip(UnsafeBufferPointer(start: ours, count: count), golden).allSatisfy { abs($0 - $1) < 2e-5 }, "layer \(layer)"
            )
        }
    }

    @Test(arguments: TinyEncoder.all)
    func `the pooled row is the last layer's at the first token, as there is no pooler`(name: String) throws {
        let tiny = TinyEncoder(name)
        let batch = try tiny.batch()
        let activations = BertActivations(try model(tiny, rows: .pooled))
        let zeros = FloatStorage(count: 4096)
        let pass = Pass(kernels: .current, parameters: zeros.base)
        activations.model.pack(pass)
        let rows = activations.forward(Shard(batch, sequences: 0..<batch.sequenceCount), pass: pass)
        let (hidden, golden) = (activations.model.configuration.hiddenSize, try tiny.numbers("hidden.3"))
        #expect(activations.model.pooler == nil && rows.rows.count == batch.sequenceCount)
        for (row, start) in batch.offsets.dropLast().enumerated() {
            for i in 0..<hidden {
                #expect(abs(rows.values[row * hidden + i] - golden[Int(start) * hidden + i]) < 2e-5)
            }
        }
    }

    @Test func `a text of padding's token alone has its position's row at each place`() throws {
        let tiny = TinyEncoder("roberta")
        let activations = BertActivations(try model(tiny, rows: .all))
        let zeros = FloatStorage(count: 4096)
        let pass = Pass(kernels: .current, parameters: zeros.base, gradients: zeros.base)
        let limit = activations.model.configuration.positionCount
        let batch = PackedBatch(sequences: [[Int32](repeating: 1, count: limit)])
        _ = activations.forward(Shard(batch, sequences: 0..<1), pass: pass)
        let (x, hidden) = (activations.buffers.layers[0].x, activations.model.configuration.hiddenSize)
        for place in 1..<limit { for i in 0..<hidden { #expect(x[place * hidden + i] == x[i]) } }
    }
}
