/// Writes floats as a GGUF file keeps them, with the bytes that ggml's own reference gives: the inverse of ``BlockMatrix/read(_:into:)``.
package struct BlockEncoder: Sendable {
    package let type: BlockType

    /// - Parameter type: one of ``types``.
    package init(_ type: BlockType) {
        precondition(Self.types.contains(type), "no encoder for \(type.name)")
        self.type = type
    }

    package static let types: Set<BlockType> = [.f32, .f16, .bf16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q4_K, .q6_K]

    /// - Parameter columns: of each row, whole blocks.
    package func bytes(_ values: [Float], columns: Int) -> [UInt8] {
        precondition(columns % type.weights == 0, "a row of whole blocks")
        switch type {
        case .f32: return values.withUnsafeBytes { Array($0) }
        case .f16: return values.map { $0.halfBits.littleEndian }.withUnsafeBytes { Array($0) }
        case .bf16: return values.map { $0.bfloat16Bits.littleEndian }.withUnsafeBytes { Array($0) }
        default: break
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count / type.weights * type.byteCount)
        values.withUnsafeBufferPointer { values in
            for start in stride(from: 0, to: values.count, by: type.weights) {
                encode(UnsafeBufferPointer(rebasing: values[start..<start + type.weights]), into: &bytes)
            }
        }
        return bytes
    }

    /// What is left of numbers that are written and read again.
    package func rounded(_ values: [Float], columns: Int) -> [Float] {
        let (bytes, rows) = (bytes(values, columns: columns), values.count / max(1, columns))
        return bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return [] }
            // The bytes outlive it: it owns nothing.
            let blocks = BlockMatrix(type, rows: rows, columns: columns, at: start, of: FloatStorage(count: 1))
            return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
                if let base = buffer.baseAddress { blocks.read(0..<rows, into: base) }
                count = values.count
            }
        }
    }

    private func encode(_ x: UnsafeBufferPointer<Float>, into bytes: inout [UInt8]) {
        switch type {
        case .q8_0: Self.eightBits(x, into: &bytes)
        case .q4_0: Self.around(x, half: 8, into: &bytes)
        case .q5_0: Self.around(x, half: 16, into: &bytes)
        case .q4_1: Self.above(x, levels: 15, into: &bytes)
        case .q5_1: Self.above(x, levels: 31, into: &bytes)
        case .q4_K: SuperBlock.fourBits(x, into: &bytes)
        case .q6_K: SuperBlock.sixBits(x, into: &bytes)
        default: preconditionFailure("no blocks of \(type.name)")
        }
    }

    static func add(_ half: Float, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: half.halfBits.littleEndian) { bytes += $0 }
    }

    /// d q
    private static func eightBits(_ x: UnsafeBufferPointer<Float>, into bytes: inout [UInt8]) {
        let d = x.reduce(0) { max($0, abs($1)) } / 127
        let inverse = d > 0 ? 1 / d : 0
        add(d, to: &bytes)
        for value in x { bytes.append(UInt8(bitPattern: Int8((value * inverse).rounded()))) }
    }

    /// d (q - half), where the number farthest from 0 gets the lowest q.
    private static func around(_ x: UnsafeBufferPointer<Float>, half: Int, into bytes: inout [UInt8]) {
        let farthest = x.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
        let d = farthest / Float(-half)
        let inverse = d != 0 ? 1 / d : 0
        add(d, to: &bytes)
        let levels = x.map { UInt8(min(2 * half - 1, Int($0 * inverse + Float(half) + 0.5))) }
        addNibbles(levels, hasFifthBit: half == 16, to: &bytes)
    }

    /// d q + m
    private static func above(_ x: UnsafeBufferPointer<Float>, levels: Int, into bytes: inout [UInt8]) {
        let (least, most) = (x.min() ?? 0, x.max() ?? 0)
        let d = (most - least) / Float(levels)
        let inverse = d != 0 ? 1 / d : 0
        add(d, to: &bytes)
        add(least, to: &bytes)
        let numbers = x.map { UInt8(min(levels, Int(($0 - least) * inverse + 0.5))) }
        addNibbles(numbers, hasFifthBit: levels == 31, to: &bytes)
    }

    /// Byte i holds the low bits of number i, and above them those of number i + 16; fifth bits lie before all.
    private static func addNibbles(_ levels: [UInt8], hasFifthBit: Bool, to bytes: inout [UInt8]) {
        if hasFifthBit {
            var high: UInt32 = 0
            for (place, level) in levels.enumerated() { high |= UInt32(level >> 4 & 1) << UInt32(place) }
            withUnsafeBytes(of: high.littleEndian) { bytes += $0 }
        }
        for place in 0..<16 { bytes.append(levels[place] & 15 | (levels[place + 16] & 15) << 4) }
    }
}
