/// A type of a value in a GGUF file's metadata, by its code there.
enum GGUFValueType: UInt32 {
    case uint8 = 0
    case int8 = 1
    case uint16 = 2
    case int16 = 3
    case uint32 = 4
    case int32 = 5
    case float32 = 6
    case bool = 7
    case string = 8
    case array = 9
    case uint64 = 10
    case int64 = 11
    case float64 = 12

    /// Bytes of one; nil: they are of different sizes.
    var size: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }

    var isInteger: Bool { integer != nil }

    fileprivate var integer: (any FixedWidthInteger.Type)? {
        switch self {
        case .uint8: UInt8.self
        case .int8: Int8.self
        case .uint16: UInt16.self
        case .int16: Int16.self
        case .uint32: UInt32.self
        case .int32: Int32.self
        case .uint64: UInt64.self
        case .int64: Int64.self
        case .float32, .float64, .bool, .string, .array: nil
        }
    }
}

/// Where a value lies: it is read when it is asked for.
struct GGUFValue {
    /// Of the value, or of an array's elements.
    let type: GGUFValueType
    /// nil: a single value.
    let count: Int?
    /// Of the value, or of an array's first element.
    let offset: Int
    /// "an array of string", for people.
    var title: String { count == nil ? "\(type)" : "an array of \(type)" }

    /// Reads over the value.
    init(_ cursor: inout GGUFCursor, of subject: String) throws(CheckpointError) {
        let place = cursor.offset
        let code = try cursor.number(UInt32.self, of: subject)
        guard let type = GGUFValueType(rawValue: code) else {
            throw cursor.failure(subject, at: place, "its type is \(code), and there are types 0 to 12")
        }
        guard type == .array else {
            (self.type, count, offset) = (type, nil, cursor.offset)
            if let size = type.size { try cursor.skip(size, of: subject) } else { _ = try cursor.text(of: subject) }
            return
        }
        let inner = try cursor.number(UInt32.self, of: subject)
        guard let type = GGUFValueType(rawValue: inner), type != .array else {
            throw cursor.failure(subject, at: place, "an array of type \(inner), expected 0 to 8 or 10 to 12")
        }
        let count = try cursor.count(of: subject, size: type.size ?? 8)
        (self.type, self.count, offset) = (type, count, cursor.offset)
        if let size = type.size {
            try cursor.skip(count * size, of: subject)
        } else {
            for _ in 0..<count { _ = try cursor.text(of: subject) }
        }
    }

    // MARK: - Reading

    /// The integer with this number in the array; nil where it is no integer or fits no Int.
    func integer(_ number: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        func load<Number: FixedWidthInteger>(_ kind: Number.Type) -> Int? {
            let place = offset + number * MemoryLayout<Number>.size
            return Int(exactly: Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self)))
        }
        return type.integer.flatMap { load($0) }
    }

    /// The number with this number in the array; nil where it is none.
    func float(_ number: Int, in bytes: UnsafeRawBufferPointer) -> Double? {
        switch type {
        case .float32:
            let bits = bytes.loadUnaligned(fromByteOffset: offset + number * 4, as: UInt32.self)
            return Double(Float(bitPattern: UInt32(littleEndian: bits)))
        case .float64:
            let bits = bytes.loadUnaligned(fromByteOffset: offset + number * 8, as: UInt64.self)
            return Double(bitPattern: UInt64(littleEndian: bits))
        default: return integer(number, in: bytes).map(Double.init)
        }
    }
}
