import SearchSpaces
import Studies

/// Trials in the order of what they show, the best first, equals by place.
///
/// They lie in blocks, so that one more moves a few of them and not all.
struct RankedTrials: Sendable {
    struct Member: Sendable {
        /// A number, with what it breaks of the constraints.
        let merit: Merit
        /// Among the history's trials.
        let place: Int32

        /// Whether it comes before another one.
        func isAhead(of other: Member, by goal: Goal) -> Bool {
            if goal.prefers(merit, to: other.merit) { return true }
            return goal.prefers(other.merit, to: merit) ? false : place < other.place
        }
    }

    /// None is empty.
    private var blocks: [[Member]] = []
    private(set) var count = 0
    private static let most = 256

    init() {}

    /// - Parameter members: in whatever order.
    init(_ members: [Member], by goal: Goal) {
        let ordered = members.sorted { $0.isAhead(of: $1, by: goal) }
        count = ordered.count
        blocks = stride(from: 0, to: count, by: Self.most / 2).map { Array(ordered[$0..<min($0 + Self.most / 2, count)]) }
    }

    var first: Member? { blocks.first?.first }

    /// All of them, in order.
    var members: some Sequence<Member> { blocks.joined() }

    subscript(rank: Int) -> Member {
        var (block, rest) = (0, rank)
        while rest >= blocks[block].count {
            rest -= blocks[block].count
            block += 1
        }
        return blocks[block][rest]
    }

    /// How many come before a trial, whether it is one of them or not.
    func rank(of member: Member, by goal: Goal) -> Int {
        let place = place(of: member, by: goal)
        return blocks[..<place.block].reduce(0) { $0 + $1.count } + place.index
    }

    mutating func insert(_ member: Member, by goal: Goal) {
        count += 1
        guard !blocks.isEmpty else { return blocks.append([member]) }
        var (block, index) = place(of: member, by: goal)
        if block == blocks.count { (block, index) = (block - 1, blocks[block - 1].count) }
        blocks[block].insert(member, at: index)
        guard blocks[block].count > Self.most else { return }
        let upper = Array(blocks[block][(Self.most / 2)...])
        blocks[block].removeSubrange((Self.most / 2)...)
        blocks.insert(upper, at: block + 1)
    }

    /// - Parameter member: one of them.
    mutating func remove(_ member: Member, by goal: Goal) {
        let (block, index) = place(of: member, by: goal)
        count -= 1
        blocks[block].remove(at: index)
        if blocks[block].isEmpty { blocks.remove(at: block) }
    }

    /// Where a trial is, or would be; beyond the last block where it comes after all.
    private func place(of member: Member, by goal: Goal) -> (block: Int, index: Int) {
        let block = Self.count(blocks.count) { blocks[$0][blocks[$0].count - 1].isAhead(of: member, by: goal) }
        guard block < blocks.count else { return (block, 0) }
        return (block, Self.count(blocks[block].count) { blocks[block][$0].isAhead(of: member, by: goal) })
    }

    /// How many of so many places come first, of which those that a test holds for all do.
    private static func count(_ count: Int, where holds: (Int) -> Bool) -> Int {
        var (first, last) = (0, count)
        while first < last {
            let middle = (first + last) / 2
            if holds(middle) { first = middle + 1 } else { last = middle }
        }
        return first
    }
}
