/// A 64-bit checksum for what is read back from a cache: fast, and against accidents alone.
package enum Checksum {
    /// Eight lanes side by side, each of which takes every eighth word; no single changed word goes unnoticed.
    package static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var hash = mixed(seed ^ UInt64(bytes.count))
        guard let start = bytes.baseAddress else { return hash }
        func word(_ offset: Int) -> UInt64 { (start + offset).loadUnaligned(as: UInt64.self) }
        var (a, b, c, d) = (hash, hash &+ 1, hash &+ 2, hash &+ 3)
        var (e, f, g, h) = (hash &+ 4, hash &+ 5, hash &+ 6, hash &+ 7)
        var offset = 0
        while offset &+ 64 <= bytes.count {
            a = step(a, word(offset))
            b = step(b, word(offset &+ 8))
            c = step(c, word(offset &+ 16))
            d = step(d, word(offset &+ 24))
            e = step(e, word(offset &+ 32))
            f = step(f, word(offset &+ 40))
            g = step(g, word(offset &+ 48))
            h = step(h, word(offset &+ 56))
            offset &+= 64
        }
        for lane in [a, b, c, d, e, f, g, h] { hash = step(hash, lane) }
        while offset &+ 8 <= bytes.count {
            hash = step(hash, word(offset))
            offset &+= 8
        }
        var last: UInt64 = 0
        for index in offset..<bytes.count { last = last << 8 | UInt64(bytes[index]) }
        return mixed(step(hash, last))
    }

    package static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
        Array(text.utf8).withUnsafeBytes { of($0, seed: seed) }
    }

    /// A bijection of either argument; a product alone sends no bit down, hence the shift.
    @inline(__always)
    private static func step(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 32
    }

    /// The last steps of MurmurHash3.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }
}
