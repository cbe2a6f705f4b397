import Backbones
import Checkpoints
import Layers
import Tensors

/// A backbone that has no layers to run, only the matrix of a vocabulary, for heads that work on rows made up.
final class VocabularyBackbone: Backbone {
    static let fixtures = String(#filePath.dropLast("/TasksTests/VocabularyBackbone.swift".count)) + "/BackbonesTests/Fixtures/"
    static let fixture = fixtures + "tiny-bert"

    let configuration: BertConfiguration
    let storage: WeightStorage
    let identity: String? = nil
    let prefixDepth = 0
    let memory = BackboneMemory()
    let outputLayer: LinearGroup?
    /// [vocabulary, hidden]
    let words: FloatStorage
    let vocabulary: Int

    /// - Parameter model: the folder of Fixtures whose sizes and classifier it has.
    init(vocabulary: Int = 40, storage: WeightStorage = WeightStorage(), model: String = "tiny-bert") throws {
        configuration = try BertConfiguration(file: Self.fixtures + model + "/config.json")
        self.storage = storage
        self.vocabulary = vocabulary
        let hidden = configuration.hiddenSize
        var random = RandomSource(seed: 9)
        let words = FloatStorage(count: vocabulary * hidden)
        for i in 0..<words.count { words.base[i] = Float(0.3 * random.normal()) }
        self.words = words
        let site = Site(name: "lm_head", layer: nil, inputs: hidden, outputs: vocabulary, order: 1, stream: 0)
        func packed(depth: Int, columns: Int, depthStride: Int, columnStride: Int) -> PackedMatrix {
            let matrix = PackedMatrix(depth: depth, columns: columns, precision: storage.precision, for: storage.kernels)
            storage.kernels.packFrozen(words.base, depthStride: depthStride, columnStride: columnStride, into: matrix)
            return matrix
        }
        let linear = Linear(
            site, forward: packed(depth: hidden, columns: vocabulary, depthStride: 1, columnStride: hidden),
            backward: packed(depth: vocabulary, columns: hidden, depthStride: hidden, columnStride: 1), bias: nil)
        outputLayer = LinearGroup([linear], attachments: Attachments(rows: .listed))
    }

    func pack(_ pass: Pass, threads: Int) {}
    func savePackedWeights(in cache: CacheFolder) {}
    func activations() -> any Activations { preconditionFailure("it has no layers") }
    func plannedActivations(_ capacity: Capacity) -> ArenaPlan { ArenaPlan() }
}
