package import Tensors

/// Memory for the activations of one pass, cut from large pieces, which the system backs with large pages.
package struct Arena {
    private var pieces: [FloatStorage] = []
    /// How much of the last piece is taken.
    private var taken = 0

    package init() {}

    /// Room for so many floats, at a cache line; what is never written takes no memory.
    package mutating func take(_ count: Int) -> Floats {
        let lines = (count + 15) / 16 * 16
        if pieces.last.map({ $0.count - taken < lines }) ?? true {
            pieces.append(FloatStorage(count: max(lines, 8 << 20)))
            taken = 0
        }
        defer { taken += lines }
        return pieces[pieces.count - 1].base + taken
    }
}

/// The largest part of a batch that there is room for.
package struct Capacity: Sendable, Hashable {
    package var tokens: Int
    /// Those that are wanted of the last layer.
    package var rows: Int
    /// Tokens of the longest sequence.
    package var longest: Int

    package init(tokens: Int = 0, rows: Int = 0, longest: Int = 0) {
        self.tokens = tokens
        self.rows = rows
        self.longest = longest
    }

    package func holds(_ other: Capacity) -> Bool {
        tokens >= other.tokens && rows >= other.rows && longest >= other.longest
    }

    /// Room for both, rounded up so that a slightly larger batch fits too.
    package func growing(to other: Capacity) -> Capacity {
        func up(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
        return Capacity(
            tokens: max(tokens, up(other.tokens, 256)), rows: max(rows, up(other.rows, 16)),
            longest: max(longest, up(other.longest, 16)))
    }
}
