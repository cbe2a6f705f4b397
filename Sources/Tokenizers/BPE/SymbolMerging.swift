/// A word's symbols while they merge; used for one word after another.
///
/// Pairs wait in a heap by rank, then by place. An entry whose pair has changed since is left there and skipped, so that n symbols take
/// n log n steps.
struct SymbolMerging {
    private struct Symbol {
        var id: Int32
        /// Bytes of the word; 0: it has become a part of the one before it.
        var length: Int32
        var previous: Int32
        var next: Int32
    }

    private var symbols: [Symbol] = []
    /// Rank and place, in the order of a heap.
    private var heap: [UInt64] = []

    mutating func removeAll() {
        symbols.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
    }

    mutating func append(_ id: Int32, length: Int) {
        let place = Int32(symbols.count)
        if place > 0 { symbols[Int(place) - 1].next = place }
        symbols.append(Symbol(id: id, length: Int32(length), previous: place - 1, next: -1))
    }

    /// The tokens that are left, with how many bytes of the word each stands for.
    func pieces(_ body: (_ id: Int32, _ length: Int) -> Void) {
        for symbol in symbols where symbol.length > 0 { body(symbol.id, Int(symbol.length)) }
    }

    mutating func merge(by merges: MergeTable) {
        guard symbols.count > 1 else { return }
        for place in 0..<symbols.count - 1 { push(place, merges) }
        while let top = pop() {
            let place = Int(truncatingIfNeeded: top & 0xFFFF_FFFF)
            let left = symbols[place]
            guard left.length > 0, left.next >= 0 else { continue }
            let right = symbols[Int(left.next)]
            guard let merge = merges[left.id, right.id], UInt64(merge.rank) == top >> 32 else { continue }
            symbols[place].id = merge.token
            symbols[place].length += right.length
            symbols[place].next = right.next
            symbols[Int(left.next)].length = 0
            if right.next >= 0 {
                symbols[Int(right.next)].previous = Int32(place)
                push(place, merges)
            }
            if left.previous >= 0 { push(Int(left.previous), merges) }
        }
    }

    /// Lets the symbol at a place and the next one wait for their turn.
    private mutating func push(_ place: Int, _ merges: MergeTable) {
        let left = symbols[place]
        guard let merge = merges[left.id, symbols[Int(left.next)].id] else { return }
        heap.append(UInt64(merge.rank) << 32 | UInt64(place))
        var child = heap.count - 1
        while child > 0, case let parent = (child - 1) / 2, heap[child] < heap[parent] {
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() -> UInt64? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return top }
        heap[0] = last
        var parent = 0
        while case let left = 2 * parent + 1, left < heap.count {
            let child = left + 1 < heap.count && heap[left + 1] < heap[left] ? left + 1 : left
            guard heap[child] < heap[parent] else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return top
    }
}
