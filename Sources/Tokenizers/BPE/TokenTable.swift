/// A vocabulary by the bytes that its tokens stand for, in both directions.
struct TokenTable {
    private var bytes: [UInt8] = []
    /// By entry: where its bytes begin, one more at the end.
    private var starts: [Int] = [0]
    private var ids: [Int32] = []
    /// An entry plus 1, by hash; 0 is an empty slot.
    private var slots = [Int32](repeating: 0, count: 1 << 10)
    /// By id: its entry, or -1.
    private var entries: [Int32] = []

    /// How far ids may go beyond the number of tokens: a table by id is as long as the greatest.
    static let mostUnused = 1 << 20

    var count: Int { ids.count }
    /// One more than the greatest id.
    var idLimit: Int { entries.count }

    /// Of two equal tokens the later one counts.
    ///
    /// - Returns: whether the token was not there before.
    @discardableResult mutating func insert(_ token: some Collection<UInt8>, id: Int32) -> Bool {
        while entries.count <= Int(id) { entries.append(-1) }
        let slot = token.withContiguousStorageIfAvailable { self.slot(of: $0) } ?? Array(token).withUnsafeBufferPointer(slot)
        if slots[slot] != 0 {
            let entry = Int(slots[slot]) - 1
            if entries[Int(ids[entry])] == Int32(entry) { entries[Int(ids[entry])] = -1 }
            ids[entry] = id
            entries[Int(id)] = Int32(entry)
            return false
        }
        bytes.append(contentsOf: token)
        starts.append(bytes.count)
        entries[Int(id)] = Int32(ids.count)
        ids.append(id)
        slots[slot] = Int32(ids.count)
        if ids.count * 2 > slots.count { grow() }
        return true
    }

    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        let entry = slots[slot(of: token)]
        return entry == 0 ? nil : ids[Int(entry) - 1]
    }

    func id(of token: some Collection<UInt8>) -> Int32? {
        token.withContiguousStorageIfAvailable { id(of: $0) } ?? Array(token).withUnsafeBufferPointer { id(of: $0) }
    }

    /// nil: no token has this id.
    func token(_ id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < entries.count, case let entry = Int(entries[Int(id)]), entry >= 0 else { return nil }
        return bytes[starts[entry]..<starts[entry + 1]]
    }

    /// Where the token is, or the empty slot where it would go.
    private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(token)) & mask
        bytes.withUnsafeBufferPointer { bytes in
            while slots[slot] != 0 {
                let entry = Int(slots[slot]) - 1
                let (start, end) = (starts[entry], starts[entry + 1])
                if end - start == token.count, token.indices.allSatisfy({ bytes[start + $0] == token[$0] }) { return }
                slot = (slot + 1) & mask
            }
        }
        return slot
    }

    /// Another one in each process, so that no file can have tokens that all fall into one place.
    private static let seed = UInt64.random(in: 0 ... .max)

    static func hash(_ token: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = seed
        for byte in token { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 29
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for entry in ids.indices {
            let hash = bytes[starts[entry]..<starts[entry + 1]].withUnsafeBufferPointer(Self.hash)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(entry + 1)
        }
    }
}
