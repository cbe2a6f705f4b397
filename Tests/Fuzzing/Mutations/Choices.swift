import SearchSpaces

/// The choices that a mutation makes; one seed gives one input.
extension SeededGenerator {
    /// From 0 to below the limit; 0 where there is nothing to choose from.
    mutating func below(_ limit: Int) -> Int { limit > 1 ? Int(next() % UInt64(limit)) : 0 }

    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Small numbers most of the time, now and then one near the limit.
    mutating func size(atMost limit: Int) -> Int { 1 + below(min(limit, 1 << (1 + below(16)))) }

    /// A stretch of something of this length, seldom long.
    mutating func stretch(of count: Int) -> Range<Int> {
        let start = below(count)
        return start..<min(count, start + size(atMost: count))
    }
}
