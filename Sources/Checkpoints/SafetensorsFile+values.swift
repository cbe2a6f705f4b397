package import Tensors

/// A tensor's numbers, borrowed from a mapped file or converted; valid as long as this value lives.
package struct FloatTensor {
    package let shape: [Int]
    package let values: UnsafeBufferPointer<Float>
    private let owner: AnyObject

    init(shape: [Int], values: UnsafeBufferPointer<Float>, owner: AnyObject) {
        self.shape = shape
        self.values = values
        self.owner = owner
    }
}

extension SafetensorsFile {
    /// The tensor as 32-bit floats: in place where the file has them so, else converted from F16, BF16 or F64.
    ///
    /// - Throws: `CheckpointError` when it is missing, has another shape, or holds no floats.
    package func tensor(_ name: String, shape: [Int]? = nil) throws(CheckpointError) -> FloatTensor {
        let entry = try floats(name, shape: shape)
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
        if isInPlace(entry) {
            return FloatTensor(shape: entry.shape, values: bytes.bindMemory(to: Float.self), owner: file)
        }
        let converted = FloatStorage(count: entry.elementCount)
        for i in 0..<entry.elementCount {
            switch entry.type {
            case .float32: converted.values[i] = bytes.loadUnaligned(fromByteOffset: i * 4, as: Float.self)
            case .float64: converted.values[i] = Float(bytes.loadUnaligned(fromByteOffset: i * 8, as: Double.self))
            case .bfloat16:
                let bits = UInt32(bytes.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)) << 16
                converted.values[i] = Float(bitPattern: bits)
            case .float16: converted.values[i] = Float(halfBits: bytes.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self))
            default: break
            }
        }
        return FloatTensor(shape: entry.shape, values: UnsafeBufferPointer(converted.values), owner: converted)
    }
}

extension SafetensorsFile {
    private static let floatTypes: [ElementType] = [.float32, .float16, .bfloat16, .float64]

    /// What the header says of a tensor of floats, whose numbers are not read.
    ///
    /// - Throws: `CheckpointError` when it is missing, has another shape, or holds no floats.
    @discardableResult package func floats(_ name: String, shape: [Int]? = nil) throws(CheckpointError) -> Entry {
        guard let entry = entries[name] else { throw CheckpointError(path: path, problem: "tensor '\(name)' is missing") }
        if let shape, entry.shape != shape {
            throw CheckpointError(path: path, problem: "tensor '\(name)' has shape \(entry.shape), expected \(shape)")
        }
        guard let type = entry.type, Self.floatTypes.contains(type) else {
            let types = Self.floatTypes.map(\.rawValue).joined(separator: ", ")
            throw CheckpointError(
                path: path, problem: "tensor '\(name)' is of type \(entry.typeName), expected one of \(types)")
        }
        return entry
    }

    /// The tensor as it lies in the file; its last dimension are the columns, and a vector is one row.
    ///
    /// - Throws: `CheckpointError` when it is missing, has another shape, or is not of F32, F16 or BF16.
    package func blocks(_ name: String, shape: [Int]? = nil) throws(CheckpointError) -> BlockMatrix {
        let entry = try floats(name, shape: shape)
        let type: BlockType? =
            switch entry.type {
            case .float32: .f32
            case .float16: .f16
            case .bfloat16: .bf16
            default: nil
            }
        guard let type, let start = file.bytes.baseAddress else {
            throw CheckpointError(
                path: path, problem: "tensor '\(name)' is of type \(entry.typeName), expected one of F32, F16, BF16")
        }
        let size = BlockMatrix.size(of: entry.shape)
        return BlockMatrix(type, rows: size.rows, columns: size.columns, at: start + entry.range.lowerBound, of: file)
    }

    /// Whether a tensor's numbers are read where they lie.
    func isInPlace(_ entry: Entry) -> Bool {
        let address = Int(bitPattern: file.bytes.baseAddress) + entry.range.lowerBound
        return entry.type == .float32 && address % MemoryLayout<Float>.alignment == 0
    }

    package func contains(_ name: String) -> Bool { entries[name] != nil }
}

extension FloatTensor {
    package init(copying values: [Float], shape: [Int]) {
        let storage = FloatStorage(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { storage.base.update(from: start, count: source.count) }
        }
        self.init(shape: shape, values: UnsafeBufferPointer(storage.values), owner: storage)
    }
}
