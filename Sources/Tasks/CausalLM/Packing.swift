/// Texts put together so that few batches hold many: each is beside the others, and none sees another.
package enum Packing {
    /// Which texts go together, by best fit in the order of falling lengths, as TRL's `bfd` has it (Ding et al., 2024).
    ///
    /// - Parameters:
    ///   - lengths: of the texts, in tokens; none is above `room`.
    ///   - room: tokens of what goes together.
    package static func bins(_ lengths: [Int], room: Int) -> [[Int]] {
        var bins: [[Int]] = []
        /// Bins by the room that is left in them, the one that has had it longest first.
        var open = [Queue](repeating: Queue(), count: room + 1)
        var spaces = LeastAtLeast(highest: room)
        // Of one length, those that stand first go first.
        for text in lengths.indices.sorted(by: { (lengths[$1], $0) < (lengths[$0], $1) }) {
            let length = lengths[text]
            let space = spaces.least(atLeast: length)
            let bin: Int
            if let space, let waiting = open[space].take() {
                bin = waiting
                if open[space].isEmpty { spaces.remove(space) }
            } else {
                bin = bins.count
                bins.append([])
            }
            bins[bin].append(text)
            let left = (space ?? room) - length
            guard left > 0 else { continue }
            open[left].put(bin)
            spaces.insert(left)
        }
        return bins
    }

    private struct Queue {
        private var items: [Int] = []
        private var first = 0

        var isEmpty: Bool { first == items.count }

        mutating func put(_ item: Int) { items.append(item) }

        mutating func take() -> Int? {
            guard !isEmpty else { return nil }
            defer { first += 1 }
            return items[first]
        }
    }

    /// Whole numbers from 1 up, of which the least that is no lower than another is found at once.
    private struct LeastAtLeast {
        /// A tree: each node has the highest number of those below it.
        private var highest: [Int]
        private let leaves: Int

        init(highest limit: Int) {
            var leaves = 1
            while leaves < limit { leaves *= 2 }
            self.leaves = leaves
            highest = [Int](repeating: 0, count: 2 * leaves)
        }

        mutating func insert(_ number: Int) { set(number, to: number) }
        mutating func remove(_ number: Int) { set(number, to: 0) }

        private mutating func set(_ number: Int, to value: Int) {
            var node = leaves + number - 1
            highest[node] = value
            while node > 1 {
                node /= 2
                highest[node] = max(highest[2 * node], highest[2 * node + 1])
            }
        }

        func least(atLeast number: Int) -> Int? {
            var node = 1
            guard highest[node] >= number else { return nil }
            while node < leaves { node = highest[2 * node] >= number ? 2 * node : 2 * node + 1 }
            return highest[node]
        }
    }
}
