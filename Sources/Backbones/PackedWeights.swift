import Checkpoints
import Tensors

/// All linear layers' frozen weights in bf16, packed for both directions, in one piece of memory.
///
/// A study's trials map the same cached file, so that the weights are in memory once however many trials run.
final class PackedWeights {
    private let places: [String: (forward: Int, backward: Int)]
    private let region: Region
    private let kernels: Kernels
    /// What the next trial will map; nil where it is mapped already, or cannot be told from another model's.
    private let key: CacheKey?

    private enum Region {
        case mapped(CachedBytes)
        case own(FloatStorage)

        var start: UnsafeRawPointer? {
            switch self {
            case .mapped(let file): file.bytes.baseAddress
            case .own(let storage): UnsafeRawPointer(storage.base)
            }
        }
    }

    /// - Throws: `CheckpointError` naming the file and the tensor that is missing or has another shape.
    init(_ weights: BertWeights, in cache: CacheFolder?, kernels: Kernels) throws(CheckpointError) {
        let modules = weights.configuration.linearModules
        var (places, size): ([String: (forward: Int, backward: Int)], Int) = ([:], 0)
        for module in modules {
            let forward = PackedMatrix.byteCount(depth: module.inputs, columns: module.outputs, .bf16)
            let backward = PackedMatrix.byteCount(depth: module.outputs, columns: module.inputs, .bf16)
            places[module.name] = (size, size + forward)
            size += forward + backward
        }
        self.places = places
        self.kernels = kernels
        let key = weights.identity.map { CacheKey(kind: "weights", ["model": $0, "layout": "bf16, \(kernels)"]) }
        if let cache, let key, let file = cache.read(key), file.bytes.count == size {
            file.releasePages()
            (region, self.key) = (.mapped(file), nil)
            return
        }
        (region, self.key) = (.own(FloatStorage(count: size / MemoryLayout<Float>.size)), key)
        for module in modules {
            let tensor = try weights.linear(module).weight
            guard let source = tensor.values.baseAddress else { continue }
            kernels.packFrozen(source, depthStride: 1, columnStride: module.inputs, into: forward(module))
            kernels.packFrozen(source, depthStride: module.inputs, columnStride: 1, into: backward(module))
        }
    }

    /// W^T [inputs, outputs]
    func forward(_ module: LinearModule) -> PackedMatrix {
        matrix(at: places[module.name]?.forward, depth: module.inputs, columns: module.outputs)
    }

    /// W [outputs, inputs]
    func backward(_ module: LinearModule) -> PackedMatrix {
        matrix(at: places[module.name]?.backward, depth: module.outputs, columns: module.inputs)
    }

    private func matrix(at place: Int?, depth: Int, columns: Int) -> PackedMatrix {
        guard let place, let start = region.start else { preconditionFailure("a module of another model") }
        return PackedMatrix(depth: depth, columns: columns, precision: .bf16, at: start + place, of: self, for: kernels)
    }

    /// Keeps the weights for the next trial; where that cannot be, nothing is lost but memory.
    func save(in cache: CacheFolder) {
        guard let key, case .own(let storage) = region else { return }
        try? cache.write(UnsafeRawBufferPointer(storage.values), as: key)
    }
}
