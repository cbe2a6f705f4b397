/// The printable characters by which byte-level vocabularies write bytes (GPT-2): those that print stand for themselves, the other 68
/// follow from U+0100.
enum ByteAlphabet {
    /// By byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (0..<256).map { (byte: UInt32) in
            if (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte) { return byte }
            defer { next += 1 }
            return next
        }
    }()

    /// By scalar: the byte, or -1.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// The bytes that a token stands for; nil: it is not written in these characters.
    ///
    /// - Parameter token: UTF-8.
    static func decode(_ token: some Collection<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(token.count)
        var rest = token.makeIterator()
        while let lead = rest.next() {
            var scalar = UInt32(lead)
            if lead >= 0x80 {
                // The alphabet's other characters have two bytes.
                guard lead & 0xE0 == 0xC0, let next = rest.next() else { return nil }
                scalar = UInt32(lead & 0x1F) << 6 | UInt32(next & 0x3F)
            }
            guard scalar < bytes.count, case let byte = bytes[Int(scalar)], byte >= 0 else { return nil }
            decoded.append(UInt8(byte))
        }
        return decoded
    }
}
