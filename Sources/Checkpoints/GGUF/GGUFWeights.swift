package import Tensors

/// A GGUF file's tensors as a Hugging Face folder of the same model has them: by its names, in its shapes, with the rows of q and k
/// in its order.
package struct GGUFWeights: WeightSource {
    package let file: GGUFFile
    package let identity: String?
    private let rules: GGUFNames
    /// By Hugging Face's name, GGUF's.
    private let places: [String: String]
    /// Where the rows of q and k lie in pairs, the heads that they have; nil: in order.
    private let headCounts: (query: Int, key: Int)?

    /// - Throws: `CheckpointError` naming the file and what is damaged or not read in it.
    package init(path: String) throws(CheckpointError) {
        let before = FileIdentity(path: path)
        let file = try GGUFFile(path: path)
        try self.init(file, identity: before == FileIdentity(path: path) ? before.map { "\($0)" } : nil)
    }

    private init(_ file: GGUFFile, identity: String?) throws(CheckpointError) {
        let metadata = file.metadata
        let rules = GGUFNames(architecture: try metadata.architecture())
        guard GGUFNames.architectures.contains(rules.architecture) else {
            throw metadata.failure(
                "general.architecture",
                "is '\(rules.architecture)', which is not read (read: \(GGUFNames.architectures.joined(separator: ", ")))")
        }
        var places: [String: String] = [:]
        for own in file.tensors.keys.sorted() {
            let name = rules.name(own)
            if let other = places.updateValue(own, forKey: name) {
                throw CheckpointError(path: file.path, problem: "tensors '\(other)' and '\(own)' are both '\(name)'")
            }
        }
        (self.file, self.identity, self.rules, self.places) = (file, identity, rules, places)
        headCounts = rules.pairsRows ? try Self.headCounts(metadata, rules.architecture) : nil
    }

    private static func headCounts(
        _ metadata: GGUFMetadata, _ architecture: String
    ) throws(CheckpointError) -> (query: Int, key: Int) {
        func heads(_ key: String, _ usual: Int?) throws(CheckpointError) -> Int {
            guard let counts = try metadata.integers(key) else { return try metadata.required(usual, key) }
            guard let count = counts.first, count > 0, counts.allSatisfy({ $0 == count }) else {
                throw metadata.failure(key, "is \(counts.prefix(8)), expected one number of heads for all layers")
            }
            return count
        }
        let query = try heads(architecture + ".attention.head_count", nil)
        return (query, try heads(architecture + ".attention.head_count_kv", query))
    }

    package var path: String { file.path }
    package var names: [String] { places.keys.sorted() }

    /// "smollm2.gguf (Q4_1, Q8_0, F32)", the types with the most bytes first.
    package var title: String {
        var sizes: [String: Int] = [:]
        for tensor in file.tensors.values { sizes[tensor.typeName, default: 0] += tensor.range.count }
        let types = sizes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        return "\(path.split(separator: "/").last ?? "") (\(types.joined(separator: ", ")))"
    }

    package func contains(_ name: String) -> Bool { places[name] != nil }
    package func releasePages() { file.releasePages() }

    @discardableResult package func entry(_ name: String, shape: [Int]?) throws(CheckpointError) -> WeightEntry {
        let found = try tensor(named: name, shape: shape)
        return WeightEntry(
            shape: found.tensor.shape, typeName: found.tensor.typeName, isQuantized: found.type.isQuantized,
            byteCount: found.tensor.range.count, isInPlace: isInPlace(name, found.tensor, pairedRows: found.pairedRows))
    }

    /// Whether a tensor's numbers are read where they lie.
    private func isInPlace(_ name: String, _ tensor: GGUFFile.Tensor, pairedRows: Int) -> Bool {
        let address = Int(bitPattern: file.file.bytes.baseAddress) + tensor.range.lowerBound
        return tensor.type == .f32 && pairedRows == 0 && !takesOne(name) && address % MemoryLayout<Float>.alignment == 0
    }

    /// Whether the file has a norm's weight with 1 added.
    private func takesOne(_ name: String) -> Bool { rules.addsOneToNorms && name.hasSuffix("norm.weight") }

    package func blocks(_ name: String, shape: [Int]?) throws(CheckpointError) -> BlockMatrix {
        let (own, tensor, type, pairedRows) = try tensor(named: name, shape: shape)
        var size = BlockMatrix.size(of: tensor.shape)
        // A bias of q or k: its rows are numbers.
        if pairedRows > 0, tensor.shape.count == 1 { size = (size.columns, 1) }
        guard size.columns % type.weights == 0 else { throw fail(own, "has too few columns for blocks of \(type.name)") }
        guard let start = file.file.bytes.baseAddress else { throw fail(own, "is empty") }
        return BlockMatrix(
            type, rows: size.rows, columns: size.columns, pairedRows: pairedRows, at: start + tensor.range.lowerBound,
            of: file.file)
    }

    package func tensor(_ name: String, shape: [Int]?) throws(CheckpointError) -> FloatTensor {
        let blocks = try blocks(name, shape: shape)
        let (_, tensor, _, pairedRows) = try tensor(named: name, shape: shape)
        let bytes = UnsafeRawBufferPointer(rebasing: file.file.bytes[tensor.range])
        if isInPlace(name, tensor, pairedRows: pairedRows) {
            return FloatTensor(shape: tensor.shape, values: bytes.bindMemory(to: Float.self), owner: file.file)
        }
        let converted = FloatStorage(count: tensor.elementCount)
        blocks.read(0..<blocks.rows, into: converted.base)
        if takesOne(name) { for index in 0..<tensor.elementCount { converted.values[index] -= 1 } }
        return FloatTensor(shape: tensor.shape, values: UnsafeBufferPointer(converted.values), owner: converted)
    }

    /// A tensor that is read, with the rows of a head where these lie in pairs (else 0).
    private func tensor(
        named name: String, shape: [Int]?
    ) throws(CheckpointError) -> (own: String, tensor: GGUFFile.Tensor, type: BlockType, pairedRows: Int) {
        guard let own = places[name], let tensor = file.tensors[own] else {
            throw CheckpointError(path: path, problem: "tensor '\(name)' is missing")
        }
        if let shape, tensor.shape != shape { throw fail(own, "has shape \(tensor.shape), expected \(shape)") }
        guard let type = tensor.type else {
            let read = BlockType.allCases.map(\.name).joined(separator: ", ")
            throw fail(own, "is of type \(tensor.typeName), which is not read (read: \(read))")
        }
        guard let headCounts, let heads = heads(name, headCounts) else { return (own, tensor, type, 0) }
        let rows = tensor.shape.first ?? 0
        guard rows > 0, rows % (2 * heads) == 0 else {
            throw fail(own, "has \(rows) rows, which are no whole rotary pairs of \(heads) heads")
        }
        return (own, tensor, type, rows / heads)
    }

    private func heads(_ name: String, _ counts: (query: Int, key: Int)) -> Int? {
        if name.hasSuffix(".self_attn.q_proj.weight") || name.hasSuffix(".self_attn.q_proj.bias") { return counts.query }
        if name.hasSuffix(".self_attn.k_proj.weight") || name.hasSuffix(".self_attn.k_proj.bias") { return counts.key }
        return nil
    }

    private func fail(_ own: String, _ problem: String) -> CheckpointError {
        let place = file.tensors[own].map { " (byte \($0.place))" } ?? ""
        return CheckpointError(path: path, problem: "tensor '\(own)'\(place) \(problem)")
    }
}
