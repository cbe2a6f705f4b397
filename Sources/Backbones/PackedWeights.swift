import Checkpoints
import Layers
import Tensors

/// All linear layers' frozen weights, packed, in one piece of memory.
///
/// A study's trials map the same cached file, so that the weights are in memory once however many trials run.
final class PackedWeights {
    /// Which products find a copy of their own.
    enum Copies {
        /// One for each direction: no product does more than multiply.
        case both
        /// That of the forward pass alone, in half the memory; the backward pass turns it tile by tile, with the same results.
        case forward
    }

    private let places: [String: (forward: Int, backward: Int)]
    private let memory: PackedMemory
    private let kernels: Kernels
    private let precision: WeightPrecision
    private let copies: Copies
    /// What the next trial will map, and the bytes to keep for it; nil where they are mapped already, or cannot be told from another
    /// model's.
    private var unsaved: (key: CacheKey, storage: FloatStorage)?
    private let byteCount: Int
    /// Whether they can be told from another model's, so that they are mapped from the cache once they are in it.
    private let isKept: Bool
    /// Bytes that are packed here, before they are in the cache.
    let packing: Int

    /// - Parameters:
    ///   - sites: all that the model has.
    ///   - identity: the weights' (``BackboneWeights/identity``).
    ///   - weight: reads a site's weight [outputs, inputs].
    /// - Throws: what reading a weight throws.
    init(
        _ sites: [Site], identity: String?, _ storage: WeightStorage, copies: Copies,
        weight: (Site) throws(CheckpointError) -> FloatTensor
    ) throws(CheckpointError) {
        let (kernels, precision) = (storage.kernels, storage.precision)
        (places, self.kernels, self.precision, self.copies) = (
            Self.places(sites, precision, copies), kernels, precision, copies
        )
        let size = Self.byteCount(sites, precision, copies)
        let layout = "\(precision), \(kernels)" + (copies == .both ? "" : ", forward alone")
        (byteCount, isKept) = (size, identity != nil)
        let key = identity.map { CacheKey(kind: "weights", ["model": $0, "layout": layout]) }
        guard !storage.isPlan else {
            let isThere = key.flatMap { storage.cache?.map($0) }?.bytes.count == size
            (memory, packing) = (PackedMemory.nowhere, isThere ? 0 : size)
            return
        }
        if let cache = storage.cache, let key, let file = cache.read(key), file.bytes.count == size,
            let start = file.bytes.baseAddress
        {
            file.releasePages()
            (memory, packing) = (PackedMemory(start, of: CachedMemory(file)), 0)
            return
        }
        let own = FloatStorage(count: size / MemoryLayout<Float>.size)
        (memory, packing) = (PackedMemory(own.base, of: own), size)
        unsaved = key.map { ($0, own) }
        for site in sites {
            let tensor = try weight(site)
            guard let source = tensor.values.baseAddress else { continue }
            kernels.packFrozen(source, depthStride: 1, columnStride: site.inputs, into: forward(site))
            guard copies == .both else { continue }
            kernels.packFrozen(source, depthStride: site.inputs, columnStride: 1, into: backward(site))
        }
    }

    /// What the weights of such sites take.
    static func byteCount(_ sites: [Site], _ precision: WeightPrecision, _ copies: Copies) -> Int {
        sites.reduce(0) { $0 + forwardCount($1, precision) + (copies == .both ? backwardCount($1, precision) : 0) }
    }

    private static func places(
        _ sites: [Site], _ precision: WeightPrecision, _ copies: Copies
    ) -> [String: (forward: Int, backward: Int)] {
        var (places, end): ([String: (forward: Int, backward: Int)], Int) = ([:], 0)
        for site in sites {
            let backward = end + forwardCount(site, precision)
            places[site.name] = (end, backward)
            end = backward + (copies == .both ? backwardCount(site, precision) : 0)
        }
        return places
    }

    private static func forwardCount(_ site: Site, _ precision: WeightPrecision) -> Int {
        PackedMatrix.byteCount(depth: site.inputs, columns: site.outputs, precision)
    }

    private static func backwardCount(_ site: Site, _ precision: WeightPrecision) -> Int {
        PackedMatrix.byteCount(depth: site.outputs, columns: site.inputs, precision)
    }

    /// W^T [inputs, outputs]
    func forward(_ site: Site) -> PackedMatrix {
        matrix(at: places[site.name]?.forward, depth: site.inputs, columns: site.outputs)
    }

    /// W [outputs, inputs]
    func backward(_ site: Site) -> PackedMatrix {
        guard copies == .both else { return PackedMatrix(turning: forward(site)) }
        return matrix(at: places[site.name]?.backward, depth: site.outputs, columns: site.inputs)
    }

    private func matrix(at place: Int?, depth: Int, columns: Int) -> PackedMatrix {
        guard let place else { preconditionFailure("a site of another model") }
        return PackedMatrix(depth: depth, columns: columns, precision: precision, in: memory, at: place, for: kernels)
    }

    /// What these layers' weights take while they compute: of a file those that are read, else all that are packed.
    func memory(of layers: [Linear]) -> MemoryUse {
        guard isKept else { return MemoryUse(own: MemoryPages.whole(byteCount)) }
        return MemoryUse(mapped: layers.reduce(0) { $0 + $1.memory.total })
    }

    /// Keeps the weights for the next trial, and shares them from now on; where that cannot be, nothing is lost but memory.
    ///
    /// No pass may be under way.
    func save(in cache: CacheFolder) {
        guard let (key, storage) = unsaved else { return }
        unsaved = nil
        let bytes = UnsafeRawBufferPointer(storage.values)
        // A trial that began at the same time may have written the file already: one is enough for both.
        var file = cache.read(key)
        if file?.bytes.count != bytes.count {
            file = (try? cache.write(bytes, as: key)) == nil ? nil : cache.map(key)
        }
        guard let file, file.bytes.count == bytes.count, let start = file.bytes.baseAddress else { return }
        file.releasePages()
        memory.move(to: start, of: CachedMemory(file))
    }
}

/// A cached file as long as something reads it.
private final class CachedMemory {
    private let file: CachedBytes

    init(_ file: CachedBytes) { self.file = file }
}
