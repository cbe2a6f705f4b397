import FoundationEssentials

/// Writes tensors of 32-bit floats and free text as one safetensors file.
package enum SafetensorsWriter {
    package struct Tensor: Sendable, Hashable {
        package let name: String
        package let shape: [Int]
        package let values: [Float]

        package init(name: String, shape: [Int], values: [Float]) {
            precondition(shape.reduce(1, *) == values.count)
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// Atomic: the path holds what it held before, or the whole new file.
    package static func write(
        _ tensors: [Tensor], metadata: [String: String] = [:], to path: String
    ) throws(CheckpointError) {
        var header: [String: HeaderItem] = [:]
        if !metadata.isEmpty { header[SafetensorsHeader.metadataKey] = .metadata(metadata) }
        var offset = 0
        let sorted = tensors.sorted { $0.name < $1.name }
        for tensor in sorted {
            let end = offset + tensor.values.count * MemoryLayout<Float>.size
            header[tensor.name] = .entry(.init(dtype: "F32", shape: tensor.shape, offsets: [offset, end]))
            offset = end
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var json = try? encoder.encode(header) else {
            throw CheckpointError(path: path, problem: "the names of its tensors cannot be written as JSON")
        }
        json.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        let size = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        let parts = sorted.map { tensor in tensor.values.withUnsafeBytes { Data($0) } }
        try AtomicFile.write([size, json] + parts, to: path)
    }

    private enum HeaderItem: Encodable {
        case metadata([String: String])
        case entry(SafetensorsHeader.Entry)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .metadata(let texts): try texts.encode(to: encoder)
            case .entry(let entry): try entry.encode(to: encoder)
            }
        }
    }
}
