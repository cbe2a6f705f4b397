/// A repetition in a regular expression that can take one text in many ways, such as `(\w+\s?)*`: where the text does not match, a
/// search tries all of them, and they double with every character.
///
/// Within a repetition, the next character has to tell which way to go on: whether the repeated part goes on, or what follows it begins.
/// What follows the whole repetition does not matter: a search then takes longer with the text's length, and still ends.
package struct AmbiguousRepetition: Sendable, Hashable {
    /// As the expression has it.
    package let text: String

    /// nil: the expression has none, or is no regular expression.
    package init?(in pattern: String) {
        var reader = RegexReader(pattern)
        guard let text = Self.ambiguity(of: reader.expression(), before: [], in: nil) else { return nil }
        self.text = text
    }

    package var problem: String {
        "'\(text)' can take one text in many ways, so that a search of a line without a match need never end; repeat a single class "
            + "such as [\\w ]*, or end what repeats with a character that the rest of it cannot be, as in (\\w+ )*"
    }

    /// The most repetitions of which all ways together are few.
    private static let harmless = 4

    /// - Parameters:
    ///   - follow: the characters that can come after the node.
    ///   - loop: the text of the repetition that the node is in; nil: it is in none.
    /// - Returns: the text of the repetition that is to blame.
    private static func ambiguity(of node: RegexNode, before follow: RegexCharacters, in loop: String?) -> String? {
        switch node {
        case .characters, .reference, .nothing: return nil
        case .atomic(let inner), .look(let inner): return ambiguity(of: inner, before: [], in: nil)
        case .sequence(let nodes):
            var follow = follow
            for node in nodes.reversed() {
                if let found = ambiguity(of: node, before: follow, in: loop) { return found }
                follow = node.canBeEmpty ? follow.union(node.first) : node.first
            }
            return nil
        case .alternatives(let branches):
            var seen: RegexCharacters = node.canBeEmpty ? follow : []
            for branch in branches {
                if let loop, !seen.isDisjoint(with: branch.first) { return loop }
                seen.formUnion(branch.first)
                if let found = ambiguity(of: branch, before: follow, in: loop) { return found }
            }
            return nil
        case .repetition(let body, let count):
            if let loop, count.isOpen, !body.first.isDisjoint(with: follow) { return loop }
            if case .characters = body { return nil }
            let isLoop = count.most ?? .max > harmless && !(count.isPossessive && count.least < 2)
            let next = loop == nil ? [] : follow
            return ambiguity(
                of: body, before: count.most ?? 2 > 1 ? next.union(body.first) : next, in: loop ?? (isLoop ? count.text : nil))
        }
    }
}
