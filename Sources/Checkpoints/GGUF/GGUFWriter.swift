package import Tensors

/// A value of a GGUF file's metadata.
package enum GGUFField: Sendable, Hashable {
    case text(String)
    case uint32(UInt32)
    case float32(Float)
    case flag(Bool)
    case texts([String])
    case int32s([Int32])
    case float32s([Float])
    /// Its type's code and its bytes, as another file has them.
    case copied([UInt8])
}

/// Writes a GGUF file of version 3, a tensor at a time.
package struct GGUFWriter {
    package struct Tensor: Sendable, Hashable {
        package let name: String
        /// The slowest dimension first: [outputs, inputs].
        package let shape: [Int]
        package let type: BlockType

        package init(name: String, shape: [Int], type: BlockType) { (self.name, self.shape, self.type) = (name, shape, type) }

        package var byteCount: Int { shape.reduce(1, *) / type.weights * type.byteCount }
    }

    private let fields: [(key: String, value: GGUFField)]
    private static let alignment = 32

    /// - Parameter fields: in the order in which the file has them.
    package init(_ fields: [(key: String, value: GGUFField)]) { self.fields = fields }

    /// - Parameter bytes: of one of the tensors, as many as its type and shape say.
    /// - Throws: `CheckpointError` where the file cannot be written; what giving the bytes throws.
    package func write(_ tensors: [Tensor], to path: String, bytes: (Tensor) throws -> [UInt8]) throws {
        var header = GGUFBytes()
        header.bytes += Array("GGUF".utf8)
        header.add(UInt32(3))
        header.add(UInt64(tensors.count))
        header.add(UInt64(fields.count))
        for (key, value) in fields {
            header.add(key)
            header.add(value)
        }
        var offset = 0
        for tensor in tensors {
            header.add(tensor.name)
            header.add(UInt32(tensor.shape.count))
            for size in tensor.shape.reversed() { header.add(UInt64(size)) }
            header.add(tensor.type.rawValue)
            header.add(UInt64(offset))
            offset += (tensor.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
        }
        let stream = try FileStream(path: path)
        try stream.write(header.bytes)
        try stream.pad(to: Self.alignment)
        for tensor in tensors {
            let bytes = try bytes(tensor)
            precondition(bytes.count == tensor.byteCount, "the bytes of \(tensor.name)")
            try stream.write(bytes)
            try stream.pad(to: Self.alignment)
        }
        try stream.finish()
    }
}

/// Numbers and texts as GGUF's header has them.
private struct GGUFBytes {
    var bytes: [UInt8] = []

    mutating func add(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private mutating func begin(_ type: GGUFValueType) { add(type.rawValue) }

    private mutating func beginArray(of type: GGUFValueType, _ count: Int) {
        begin(.array)
        begin(type)
        add(UInt64(count))
    }

    mutating func add(_ value: GGUFField) {
        switch value {
        case .text(let text):
            begin(.string)
            add(text)
        case .uint32(let number):
            begin(.uint32)
            add(number)
        case .float32(let number):
            begin(.float32)
            add(number.bitPattern)
        case .flag(let flag):
            begin(.bool)
            bytes.append(flag ? 1 : 0)
        case .texts(let texts):
            beginArray(of: .string, texts.count)
            for text in texts { add(text) }
        case .int32s(let numbers):
            beginArray(of: .int32, numbers.count)
            for number in numbers { add(number) }
        case .float32s(let numbers):
            beginArray(of: .float32, numbers.count)
            for number in numbers { add(number.bitPattern) }
        case .copied(let own): bytes += own
        }
    }
}
