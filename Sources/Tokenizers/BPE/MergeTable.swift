/// The pairs of tokens that merge, with the order in which they do.
struct MergeTable {
    /// A pair's two ids, plus 1 so that 0 is an empty slot.
    private var keys = [UInt64](repeating: 0, count: 1 << 10)
    private var values = [Merge](repeating: Merge(rank: 0, token: 0), count: 1 << 10)
    private(set) var count = 0

    struct Merge {
        /// Lower ones go first.
        let rank: UInt32
        let token: Int32
    }

    /// Another one in each process, so that no file can have pairs that all fall into one place.
    private static let factor = UInt64.random(in: 0 ... .max) | 1

    /// Of two equal pairs the later one counts.
    mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
        if count * 2 >= keys.count { grow() }
        let key = Self.key(left, right)
        let slot = slot(of: key)
        if keys[slot] == 0 { count += 1 }
        keys[slot] = key
        values[slot] = merge
    }

    subscript(left: Int32, right: Int32) -> Merge? {
        let slot = slot(of: Self.key(left, right))
        return keys[slot] == 0 ? nil : values[slot]
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        (UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))) + 1
    }

    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        // The product's highest bits hang on all of the key's.
        var slot = Int(truncatingIfNeeded: (key &* Self.factor) >> UInt64(64 - keys.count.trailingZeroBitCount))
        while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let old = (keys, values)
        keys = [UInt64](repeating: 0, count: old.0.count * 2)
        values = [Merge](repeating: Merge(rank: 0, token: 0), count: old.0.count * 2)
        for (key, value) in zip(old.0, old.1) where key != 0 {
            let slot = slot(of: key)
            keys[slot] = key
            values[slot] = value
        }
    }
}
