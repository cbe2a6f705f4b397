import Backbones
import Layers
import Methods
import Tensors

/// A backbone with LoRA on it and parameters that are all in use, alone with one thread's activations.
struct TunedBackbone {
    let backbone: any Backbone
    let activations: any Activations
    let parameters: TrainableParameters
    let method: LoRAConfiguration
    let rows: RowSelection
    let sites: [Site]

    init(
        _ weights: some BackboneWeights, rows: RowSelection, method: LoRAConfiguration,
        storage: WeightStorage = WeightStorage(),
        use: ModelUse = .training
    ) throws {
        sites = try method.sites(of: weights.configuration, for: rows)
        let layout = ParameterLayout(method.parameters(at: sites))
        var attachments = method.attachments(for: rows, at: sites, in: layout, kernels: storage.kernels)
        attachments.use = use
        backbone = try weights.backbone(attachments, storage)
        activations = backbone.activations()
        parameters = TrainableParameters(layout)
        self.method = method
        self.rows = rows
        var random = RandomSource(seed: 4)
        for i in parameters.values.indices { parameters.values[i] = Float(0.3 * random.normal()) }
    }

    func pass(dropoutSeed: UInt64?) -> Pass {
        Pass(
            kernels: backbone.storage.kernels, parameters: parameters.base,
            gradients: dropoutSeed == nil ? nil : parameters.gradientBase, dropout: method.dropout,
            dropoutSeed: dropoutSeed ?? 0)
    }

    /// The rows of a part of the batch.
    ///
    /// - Parameter dropoutSeed: nil: as in an evaluation.
    func values(
        _ batch: PackedBatch, sequences: Range<Int>? = nil, prefix: UnsafePointer<Float>? = nil, dropoutSeed: UInt64? = nil
    ) -> [Float] {
        let shard = Shard(batch, sequences: sequences ?? 0..<batch.sequenceCount, prefix: prefix)
        let pass = pass(dropoutSeed: dropoutSeed)
        backbone.pack(pass)
        let hidden = activations.forward(shard, pass: pass)
        let count = hidden.rows.count * backbone.configuration.hiddenSize
        return Array(UnsafeBufferPointer(start: hidden.values, count: count))
    }

    /// A weighted sum of the rows; its gradient is left in the parameters.
    func loss(_ batch: PackedBatch, weights: (Int) -> Float, dropoutSeed: UInt64) -> Double {
        let shard = Shard(batch, sequences: 0..<batch.sequenceCount)
        let pass = pass(dropoutSeed: dropoutSeed)
        backbone.pack(pass)
        let hidden = activations.forward(shard, pass: pass)
        var sum = 0.0
        for i in 0..<hidden.rows.count * backbone.configuration.hiddenSize {
            sum += Double(weights(i)) * Double(hidden.values[i])
            hidden.gradient?[i] = weights(i)
        }
        activations.backward(shard, pass: pass)
        return sum
    }
}
