/// ASCII by itself, and in four classes what is beyond it.
typealias RegexCharacters = Set<UInt8>

/// A part of a regular expression, as far as it matters what it can begin with.
indirect enum RegexNode {
    case characters(RegexCharacters)
    /// The text of a group once more.
    case reference
    /// A place between characters.
    case nothing
    /// What is not looked into again once it has matched.
    case atomic(RegexNode)
    case look(RegexNode)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repetition(RegexNode, Count)

    struct Count {
        var least: Int
        /// nil: any number.
        var most: Int?
        var isPossessive = false
        /// The repetition as the expression has it.
        var text = ""

        /// Whether a search can choose how often.
        var isOpen: Bool { least != most && !isPossessive }
    }

    var canBeEmpty: Bool {
        switch self {
        case .characters: false
        case .reference, .nothing, .look: true
        case .atomic(let inner): inner.canBeEmpty
        case .sequence(let nodes): nodes.allSatisfy(\.canBeEmpty)
        case .alternatives(let branches): branches.contains(where: \.canBeEmpty)
        case .repetition(let body, let count): count.least == 0 || body.canBeEmpty
        }
    }

    /// The characters that it can begin with.
    var first: RegexCharacters {
        switch self {
        case .characters(let characters): return characters
        case .reference: return RegexClass.all
        case .nothing, .look: return []
        case .atomic(let inner): return inner.first
        case .sequence(let nodes):
            var first: RegexCharacters = []
            for node in nodes {
                first.formUnion(node.first)
                if !node.canBeEmpty { break }
            }
            return first
        case .alternatives(let branches): return branches.reduce(into: []) { $0.formUnion($1.first) }
        case .repetition(let body, _): return body.first
        }
    }
}
