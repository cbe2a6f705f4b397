/// A prefix tree over Unicode scalars whose edges lie in one open-addressing hash table: one look-up a scalar finds
/// the longest token that a word begins with.
struct VocabularyTrie {
    typealias Node = UInt32
    static let root: Node = 0

    /// An edge's node and scalar, plus 1 so that 0 is an empty slot.
    private var keys = [UInt64](repeating: 0, count: 1 << 12)
    private var children = [Node](repeating: 0, count: 1 << 12)
    /// By node: the token that ends there, or -1.
    private var values: [Int32] = [-1]
    /// Another one in each process, so that no file can have tokens that all fall into one place.
    private static let factor = UInt64.random(in: 0 ... .max) | 1

    /// Of two equal tokens the later one counts.
    ///
    /// - Returns: whether the token was not there before.
    @discardableResult mutating func insert(_ token: ArraySlice<UInt32>, value: Int32) -> Bool {
        guard !token.isEmpty else { return false }
        var node = Self.root
        for scalar in token { node = child(of: node, scalar) ?? addChild(to: node, scalar) }
        defer { values[Int(node)] = value }
        return values[Int(node)] < 0
    }

    /// The node that the scalars lead to, for words that continue a given beginning.
    func node(after scalars: [UInt32]) -> Node? {
        var node = Self.root
        for scalar in scalars {
            guard let next = child(of: node, scalar) else { return nil }
            node = next
        }
        return node
    }

    /// All tokens that the scalars begin with, the shortest first.
    func matches(in scalars: ArraySlice<UInt32>, _ body: (_ length: Int, _ value: Int32) -> Void) {
        var node = Self.root
        for (offset, scalar) in scalars.enumerated() {
            guard let next = child(of: node, scalar) else { return }
            node = next
            if values[Int(node)] >= 0 { body(offset + 1, values[Int(node)]) }
        }
    }

    /// The longest token that the scalars begin with, counted from a node.
    func longestMatch(in scalars: ArraySlice<UInt32>, from start: Node) -> (length: Int, value: Int32)? {
        var node = start
        var best: (length: Int, value: Int32)?
        for (offset, scalar) in scalars.enumerated() {
            guard let next = child(of: node, scalar) else { break }
            node = next
            if values[Int(node)] >= 0 { best = (offset + 1, values[Int(node)]) }
        }
        return best
    }

    /// Each token by its value.
    func entries() -> [Int32: String] {
        var edges = [UInt64](repeating: 0, count: values.count)
        for (key, child) in zip(keys, children) where key != 0 { edges[Int(child)] = key - 1 }
        var entries: [Int32: String] = [:]
        for (node, value) in values.enumerated() where value >= 0 {
            var (scalars, at) = ([Unicode.Scalar](), node)
            while at != Self.root {
                Unicode.Scalar(UInt32(edges[at] & 0x1F_FFFF)).map { scalars.append($0) }
                at = Int(edges[at] >> 21)
            }
            entries[value] = String(String.UnicodeScalarView(scalars.reversed()))
        }
        return entries
    }

    private func child(of node: Node, _ scalar: UInt32) -> Node? {
        let slot = slot(of: Self.key(node, scalar))
        return keys[slot] == 0 ? nil : children[slot]
    }

    private mutating func addChild(to node: Node, _ scalar: UInt32) -> Node {
        if values.count * 2 > keys.count { grow() }
        let key = Self.key(node, scalar)
        let slot = slot(of: key)
        keys[slot] = key
        children[slot] = Node(values.count)
        values.append(-1)
        return children[slot]
    }

    /// Where the key is, or the empty slot where it would go.
    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: (key &* Self.factor) >> 32) & mask
        while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldChildren) = (keys, children)
        keys = [UInt64](repeating: 0, count: oldKeys.count * 2)
        children = [Node](repeating: 0, count: oldKeys.count * 2)
        for (key, child) in zip(oldKeys, oldChildren) where key != 0 {
            let slot = slot(of: key)
            keys[slot] = key
            children[slot] = child
        }
    }

    private static func key(_ node: Node, _ scalar: UInt32) -> UInt64 {
        (UInt64(node) << 21 | UInt64(scalar)) + 1
    }
}
