import Backbones
import Checkpoints
import Layers
import Tensors

/// The smallest model that is one: each of two layers takes a token's row to gelu(x W^T + b); a token sees no other.
///
/// What a new architecture has to write is what is here, and its line in ``Architectures``.
struct TwoLayers: BackboneConfiguration {
    static let modelTypes = ["two-layers"]
    static let classPrefixes = ["TwoLayers"]
    let modelType = "two-layers"
    let hiddenSize = 12
    let layerCount = 2
    let headCount = 1
    let vocabularySize = 40
    let positionCount = 16
    let initializerRange = 0.02
    let defaultTargets = ["dense"]
    let classifier = ClassifierShape("classifier", hasBias: true)

    init() {}

    init(file path: String) throws(CheckpointError) { self.init() }

    func sites(for rows: RowSelection) -> [Site] {
        (0..<layerCount).map { layer in
            Site(
                name: "layers.\(layer).dense", layer: layer, inputs: hiddenSize, outputs: hiddenSize, order: layer,
                stream: UInt64(layer))
        }
    }

    func weights(in folder: String) throws(CheckpointError) -> Weights { Weights(configuration: self) }

    struct Weights: BackboneWeights {
        let configuration: TwoLayers
        let title = "numbers made up"
        let identity: String? = nil
        let remarks: [String] = []

        func check() throws(CheckpointError) -> Int { 0 }

        func headTensor(_ name: String, shape: [Int]) throws(CheckpointError) -> FloatTensor? { nil }

        func backbone(_ attachments: Attachments, _ storage: WeightStorage) throws(CheckpointError) -> any Backbone {
            TwoLayerBackbone(configuration, attachments, storage)
        }
    }
}

final class TwoLayerBackbone: Backbone {
    let configuration: TwoLayers
    let storage: WeightStorage
    let identity: String? = nil
    let rows: RowSelection
    let lowestOrder: Int
    let memory = BackboneMemory()
    let words: FloatStorage
    let layers: [LinearGroup]

    var prefixDepth: Int { min(lowestOrder, configuration.layerCount - 1) }

    init(_ configuration: TwoLayers, _ attachments: Attachments, _ storage: WeightStorage) {
        var random = RandomSource(seed: 1)
        func numbers(_ count: Int, _ scale: Double) -> FloatStorage {
            let storage = FloatStorage(count: count)
            for i in 0..<count { storage.base[i] = Float(scale * random.normal()) }
            return storage
        }
        self.configuration = configuration
        self.storage = storage
        rows = attachments.rows
        lowestOrder = attachments.lowestOrder
        words = numbers(configuration.vocabularySize * configuration.hiddenSize, 1)
        layers = configuration.sites(for: attachments.rows).map { site in
            let (weight, bias) = (numbers(site.inputs * site.outputs, 0.3), numbers(site.outputs, 0.1))
            let linear = Linear(
                site, weight: UnsafeBufferPointer(weight.values), bias: UnsafeBufferPointer(bias.values),
                passesGradient: site.order > attachments.lowestOrder, kernels: storage.kernels)
            return LinearGroup([linear], attachments: attachments)
        }
    }

    func pack(_ pass: Pass, threads: Int) {
        for layer in layers { layer.pack(pass) }
    }

    func savePackedWeights(in cache: CacheFolder) {}
    func activations() -> any Activations { TwoLayerActivations(self) }
    func plannedActivations(_ capacity: Capacity) -> ArenaPlan {
        Arena.planned { _ = TwoLayerActivations(self, capacity, from: &$0) }
    }
}

private final class TwoLayerActivations: Activations {
    private struct Layer {
        let input, sum, kept: Floats
    }

    private let model: TwoLayerBackbone
    private var arena = Arena()
    private var layers: [Layer] = []
    private var (result, gradient, output): (Floats, Floats, Floats)
    private var scratch: Scratch
    private var chosen: [Int] = []

    convenience init(_ model: TwoLayerBackbone) {
        var arena = Arena()
        self.init(model, Capacity(tokens: 64), from: &arena)
        self.arena = arena
    }

    init(_ model: TwoLayerBackbone, _ capacity: Capacity, from arena: inout Arena) {
        self.model = model
        let (tokens, hidden) = (capacity.tokens, model.configuration.hiddenSize)
        layers = model.layers.map {
            Layer(
                input: arena.take(tokens * hidden), sum: arena.take(tokens * hidden), kept: arena.take(tokens * $0.keptWidth))
        }
        (result, gradient, output) = (
            arena.take(tokens * hidden), arena.take(tokens * hidden), arena.take(tokens * hidden)
        )
        let delta = model.layers.map { $0.scratchCount(rows: tokens) }.max() ?? 0
        let narrow = UnsafeMutableRawPointer(arena.take(tokens * hidden)).assumingMemoryBound(to: BFloat16.self)
        scratch = Scratch(narrow: narrow, delta: arena.take(delta))
    }

    private func work(_ index: Int, _ shard: Shard, _ pass: Pass) -> LinearWork {
        LinearWork(layers[index].input, rows: shard.tokenRows, kept: layers[index].kept, scratch: scratch, pass: pass)
    }

    private func run(_ index: Int, _ shard: Shard, into next: Floats, _ pass: Pass) {
        let hidden = model.configuration.hiddenSize
        model.layers[index].forward(work(index, shard, pass), into: [layers[index].sum], stride: hidden)
        pass.kernels.gelu(.erf, layers[index].sum, into: next, count: shard.tokenCount * hidden)
    }

    private func embed(_ shard: Shard) {
        let hidden = model.configuration.hiddenSize
        for row in 0..<shard.tokenCount {
            let token = Int(shard.batch.tokens[shard.firstToken + row])
            (layers[0].input + row * hidden).update(from: model.words.base + token * hidden, count: hidden)
        }
    }

    func forward(_ shard: Shard, pass: Pass) -> HiddenRows {
        let hidden = model.configuration.hiddenSize
        var first = 0
        if let prefix = shard.prefix {
            first = model.prefixDepth
            layers[first].input.update(from: prefix + shard.firstToken * hidden, count: shard.tokenCount * hidden)
        } else {
            embed(shard)
        }
        for index in first..<layers.count {
            run(index, shard, into: index + 1 < layers.count ? layers[index + 1].input : result, pass)
        }
        switch model.rows {
        case .all: chosen = Array(0..<shard.tokenCount)
        case .pooled: chosen = ChosenTokens(firstOf: shard).tokens
        case .listed: chosen = ChosenTokens(listedIn: shard).tokens
        }
        for (row, token) in chosen.enumerated() {
            (output + row * hidden).update(from: result + token * hidden, count: hidden)
        }
        return HiddenRows(values: output, gradient: output, rows: model.rows.rows(of: shard))
    }

    func backward(_ shard: Shard, pass: Pass) {
        let hidden = model.configuration.hiddenSize
        gradient.update(repeating: 0, count: shard.tokenCount * hidden)
        for (row, token) in chosen.enumerated() {
            (gradient + token * hidden).update(from: output + row * hidden, count: hidden)
        }
        for index in layers.indices.reversed() where index >= model.lowestOrder {
            pass.kernels.geluBackward(
                .erf, layers[index].sum, dy: gradient, into: gradient, count: shard.tokenCount * hidden)
            model.layers[index].backward(
                work(index, shard, pass), dy: OutputGradients([gradient], stride: hidden),
                dx: index > model.lowestOrder ? result : nil, accumulate: false)
            swap(&gradient, &result)
        }
    }

    func prefix(_ shard: Shard, pass: Pass) -> Floats {
        embed(shard)
        for index in 0..<model.prefixDepth { run(index, shard, into: layers[index + 1].input, pass) }
        return layers[model.prefixDepth].input
    }
}
