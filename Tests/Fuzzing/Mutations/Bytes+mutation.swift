import SearchSpaces

extension Array where Element == UInt8 {
    /// One change that knows nothing of the format.
    mutating func mutateBytes(using random: inout SeededGenerator) {
        guard !isEmpty else { return append(UInt8(truncatingIfNeeded: random.next())) }
        let place = random.below(count)
        switch random.below(9) {
        case 0: self[place] ^= 1 << UInt8(random.below(8))
        case 1: self[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: removeSubrange(random.stretch(of: count))
        case 3: insert(contentsOf: random.pick(Extremes.bytes), at: place)
        case 4: removeSubrange(place...)
        case 5: insert(contentsOf: self[random.stretch(of: count)], at: place)
        case 6:
            let copies = random.size(atMost: 300)
            let piece = Array(self[random.stretch(of: count).prefix(64)])
            insert(contentsOf: (0..<copies).flatMap { _ in piece }, at: place)
        case 7: replaceSubrange(random.stretch(of: count), with: self[random.stretch(of: count)])
        default: replaceNumber(using: &random)
        }
    }

    /// Puts an extreme in a number's place.
    mutating func replaceNumber(using random: inout SeededGenerator) {
        guard !isEmpty else { return }
        let from = random.below(count)
        guard let start = self[from...].firstIndex(where: { (0x30...0x39).contains($0) }) else { return }
        let end = self[start...].firstIndex { !(0x30...0x39).contains($0) && ![0x2E, 0x65, 0x2D].contains($0) } ?? count
        replaceSubrange(start..<end, with: Array(random.pick(Extremes.numbers).utf8))
    }

    /// A little-endian number that stands at a place.
    mutating func setWord(_ value: UInt64, at place: Int) {
        for byte in 0..<8 where place + byte < count {
            self[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte)))
        }
    }
}
