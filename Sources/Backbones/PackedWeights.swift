import Checkpoints
import Layers
import Tensors

/// All linear layers' frozen weights, packed for both directions, in one piece of memory.
///
/// A study's trials map the same cached file, so that the weights are in memory once however many trials run.
final class PackedWeights {
    private let places: [String: (forward: Int, backward: Int)]
    private let region: Region
    private let kernels: Kernels
    private let precision: WeightPrecision
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

    /// - Parameters:
    ///   - sites: all that the model has.
    ///   - identity: the weights' (``BackboneWeights/identity``).
    ///   - precision: what they are packed in.
    ///   - weight: reads a site's weight [outputs, inputs].
    /// - Throws: what reading a weight throws.
    init(
        _ sites: [Site], identity: String?, _ storage: WeightStorage, precision: WeightPrecision = .bf16,
        weight: (Site) throws(CheckpointError) -> FloatTensor
    ) throws(CheckpointError) {
        let kernels = storage.kernels
        var (places, size): ([String: (forward: Int, backward: Int)], Int) = ([:], 0)
        for site in sites {
            let forward = PackedMatrix.byteCount(depth: site.inputs, columns: site.outputs, precision)
            let backward = PackedMatrix.byteCount(depth: site.outputs, columns: site.inputs, precision)
            places[site.name] = (size, size + forward)
            size += forward + backward
        }
        self.places = places
        self.kernels = kernels
        self.precision = precision
        let key = identity.map { CacheKey(kind: "weights", ["model": $0, "layout": "\(precision), \(kernels)"]) }
        if let cache = storage.cache, let key, let file = cache.read(key), file.bytes.count == size {
            file.releasePages()
            (region, self.key) = (.mapped(file), nil)
            return
        }
        (region, self.key) = (.own(FloatStorage(count: size / MemoryLayout<Float>.size)), key)
        for site in sites {
            let tensor = try weight(site)
            guard let source = tensor.values.baseAddress else { continue }
            kernels.packFrozen(source, depthStride: 1, columnStride: site.inputs, into: forward(site))
            kernels.packFrozen(source, depthStride: site.inputs, columnStride: 1, into: backward(site))
        }
    }

    /// W^T [inputs, outputs]
    func forward(_ site: Site) -> PackedMatrix {
        matrix(at: places[site.name]?.forward, depth: site.inputs, columns: site.outputs)
    }

    /// W [outputs, inputs]
    func backward(_ site: Site) -> PackedMatrix {
        matrix(at: places[site.name]?.backward, depth: site.outputs, columns: site.inputs)
    }

    private func matrix(at place: Int?, depth: Int, columns: Int) -> PackedMatrix {
        guard let place, let start = region.start else { preconditionFailure("a site of another model") }
        return PackedMatrix(depth: depth, columns: columns, precision: precision, at: start + place, of: self, for: kernels)
    }

    /// Keeps the weights for the next trial; where that cannot be, nothing is lost but memory.
    func save(in cache: CacheFolder) {
        guard let key, case .own(let storage) = region else { return }
        try? cache.write(UnsafeRawBufferPointer(storage.values), as: key)
    }
}
