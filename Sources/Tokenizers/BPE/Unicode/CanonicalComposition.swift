/// Unicode's normal form C, in the edition of Hugging Face's normalizer.
enum CanonicalComposition {
    private struct Entry {
        var scalar: UInt32
        var origin: Int32
        var order: UInt8
    }

    /// Below this every scalar is its own normal form and none composes with the one before it.
    private static let firstThatMatters: UInt32 = 0x300

    static func normalize(_ text: TextSpan) -> TextSpan {
        guard text.scalars.contains(where: { $0 >= firstThatMatters }) else { return text }
        var entries = decomposed(text)
        reorder(&entries)
        compose(&entries)
        if entries.count == text.scalars.count, zip(entries, text.scalars).allSatisfy({ $0.scalar == $1 }) { return text }
        // Marks have their base's place: which of them went where is not told apart.
        for index in entries.indices.dropFirst() where entries[index].order != 0 {
            entries[index].origin = entries[index - 1].origin
        }
        return TextSpan(entries.map(\.scalar), origins: entries.map(\.origin) + [text.origin(of: text.scalars.endIndex)])
    }

    private static func decomposed(_ text: TextSpan) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(text.scalars.count + 16)
        for index in text.scalars.indices {
            let (scalar, origin) = (text.scalars[index], text.origin(of: index))
            func add(_ scalar: UInt32) {
                entries.append(Entry(scalar: scalar, origin: origin, order: orders[scalar] ?? 0))
            }
            if scalar < 0xC0 {
                entries.append(Entry(scalar: scalar, origin: origin, order: 0))
            } else if hangul.contains(scalar) {
                let place = scalar - hangul.lowerBound
                add(0x1100 + place / 588)
                add(0x1161 + place % 588 / 28)
                if place % 28 != 0 { add(0x11A7 + place % 28) }
            } else if let parts = decompositions[scalar] {
                parts.forEach(add)
            } else {
                add(scalar)
            }
        }
        return entries
    }

    /// Marks after one base, by their classes.
    private static func reorder(_ entries: inout [Entry]) {
        var index = 0
        while index < entries.count {
            var end = index
            while end < entries.count, entries[end].order != 0 { end += 1 }
            if end - index > 1 {
                let run = entries[index..<end].enumerated().sorted {
                    ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
                }
                entries.replaceSubrange(index..<end, with: run.map(\.element))
            }
            index = end + 1
        }
    }

    private static func compose(_ entries: inout [Entry]) {
        var (count, starter, last) = (0, -1, UInt8(0))
        for entry in entries {
            let isNext = last == 0 && count - 1 == starter
            if starter >= 0, last < entry.order || isNext, let whole = composed(entries[starter].scalar, entry.scalar) {
                entries[starter].scalar = whole
                continue
            }
            if entry.order == 0 { starter = count }
            last = entry.order
            entries[count] = entry
            count += 1
        }
        entries.removeLast(entries.count - count)
    }

    private static func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
            return hangul.lowerBound + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if hangul.contains(first), (first - hangul.lowerBound) % 28 == 0, (0x11A8..<0x11C3).contains(second) {
            return first + second - 0x11A7
        }
        return compositions[UInt64(first) << 32 | UInt64(second)]
    }

    private static let hangul: Range<UInt32> = 0xAC00..<0xD7A4

    private static let compositions: [UInt64: UInt32] = {
        let table = UnicodeTables.compositions
        var pairs: [UInt64: UInt32] = [:]
        for index in stride(from: 0, to: table.count, by: 3) {
            pairs[UInt64(table[index + 1]) << 32 | UInt64(table[index + 2])] = table[index]
        }
        return pairs
    }()

    private static let decompositions: [UInt32: [UInt32]] = {
        var all: [UInt32: [UInt32]] = [:]
        let singletons = UnicodeTables.singletons
        for index in stride(from: 0, to: singletons.count, by: 2) { all[singletons[index]] = [singletons[index + 1]] }
        let others = UnicodeTables.uncomposed
        var index = 0
        while index < others.count {
            let end = index + 2 + Int(others[index + 1])
            all[others[index]] = Array(others[(index + 2)..<end])
            index = end
        }
        let pairs = UnicodeTables.compositions
        var firsts: [UInt32: (UInt32, UInt32)] = [:]
        for index in stride(from: 0, to: pairs.count, by: 3) { firsts[pairs[index]] = (pairs[index + 1], pairs[index + 2]) }
        for whole in firsts.keys {
            var (scalar, tail) = (whole, [UInt32]())
            while let (first, second) = firsts[scalar] {
                tail.append(second)
                scalar = first
            }
            all[whole] = [scalar] + tail.reversed()
        }
        return all
    }()

    private static let orders: [UInt32: UInt8] = {
        let table = UnicodeTables.canonicalClasses
        var orders: [UInt32: UInt8] = [:]
        for index in stride(from: 0, to: table.count, by: 3) {
            for scalar in table[index]...table[index + 1] { orders[scalar] = UInt8(table[index + 2]) }
        }
        return orders
    }()
}
