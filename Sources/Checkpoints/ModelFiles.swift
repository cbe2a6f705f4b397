import FoundationEssentials
import Tensors
import TrainerSettings

/// Writes a model's weights as a Hugging Face folder has them: model.safetensors, or shards of at most 5 GB with their index. One tensor
/// is in memory at a time.
package struct ModelFiles {
    package struct Tensor: Sendable, Hashable {
        package let name: String
        package let shape: [Int]

        package init(name: String, shape: [Int]) { (self.name, self.shape) = (name, shape) }

        package var count: Int { shape.reduce(1, *) }
    }

    /// F32, F16 or BF16.
    private let type: SafetensorsFile.ElementType
    private let shardLimit: Int

    /// As transformers cuts models.
    package static let usualLimit = 5_000_000_000

    package init(_ type: SafetensorsFile.ElementType, shardLimit: Int = usualLimit) {
        (self.type, self.shardLimit) = (type, shardLimit)
    }

    /// - Parameter values: of one of the tensors.
    /// - Throws: `CheckpointError` naming the file, or the tensor whose numbers the type cannot hold; what reading the values throws.
    package func write(_ tensors: [Tensor], to folder: String, values: (Tensor) throws -> FloatTensor) throws {
        let shards = shards(of: tensors.sorted { $0.name < $1.name })
        func name(_ number: Int) -> String {
            func five(_ number: Int) -> String { String(String(100_000 + number).dropFirst()) }
            return shards.count == 1
                ? "model.safetensors" : "model-\(five(number + 1))-of-\(five(shards.count)).safetensors"
        }
        for (number, shard) in shards.enumerated() { try write(shard, file: folder + "/" + name(number), values) }
        guard shards.count > 1 else { return }
        let places = shards.enumerated().flatMap { number, shard in shard.map { ($0.name, SettingValue.string(name(number))) } }
        let index: [String: SettingValue] = [
            "metadata": .object(["total_size": .int(tensors.reduce(0) { $0 + byteCount($1) })]),
            "weight_map": .object(Dictionary(places) { first, _ in first }),
        ]
        try FolderFile(json: .object(index), as: "model.safetensors.index.json", style: .shown).write(in: folder)
    }

    private func byteCount(_ tensor: Tensor) -> Int { tensor.count * type.byteCount }

    private func shards(of tensors: [Tensor]) -> [[Tensor]] {
        var (shards, size): ([[Tensor]], Int) = ([[]], 0)
        for tensor in tensors {
            if size > 0, size + byteCount(tensor) > shardLimit {
                shards.append([])
                size = 0
            }
            shards[shards.count - 1].append(tensor)
            size += byteCount(tensor)
        }
        return shards
    }

    private func write(_ tensors: [Tensor], file path: String, _ values: (Tensor) throws -> FloatTensor) throws {
        let stream = try FileStream(path: path)
        let header = SafetensorsWriter.header(
            of: tensors.map { ($0.name, $0.shape) }, type: type, metadata: ["format": "pt"])
        let size = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
        try stream.write(size + [UInt8](header))
        for tensor in tensors {
            let floats = try values(tensor)
            guard floats.values.count == tensor.count else {
                throw CheckpointError(path: path, problem: "tensor '\(tensor.name)' has \(floats.values.count) numbers")
            }
            try stream.write(bytes(floats.values, tensor, path))
            withExtendedLifetime(floats) {}
        }
        try stream.finish()
    }

    private func bytes(
        _ values: UnsafeBufferPointer<Float>, _ tensor: Tensor, _ path: String
    ) throws(CheckpointError) -> [UInt8] {
        func fail(_ problem: String) -> CheckpointError {
            CheckpointError(path: path, problem: "tensor '\(tensor.name)' \(problem)")
        }
        guard values.allSatisfy(\.isFinite) else { throw fail("has values that are no numbers") }
        let narrow: [UInt16]
        switch type {
        case .bfloat16: narrow = values.map(\.bfloat16Bits)
        case .float16:
            narrow = values.map(\.halfBits)
            guard !narrow.contains(where: { $0 & 0x7FFF == 0x7C00 }) else {
                throw fail("has numbers beyond 65504, which a 16-bit float cannot hold; take --type float32 or bfloat16")
            }
        default: return Array(UnsafeRawBufferPointer(values))
        }
        return narrow.withUnsafeBytes { Array($0) }
    }
}
