/// Reads a regular expression as Swift's `Regex` takes it, as far as ``AmbiguousRepetition`` needs it: what it does not know it takes for
/// a character.
struct RegexReader {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private let ignoresCase: Bool

    init(_ pattern: String) {
        scalars = Array(pattern.unicodeScalars)
        ignoresCase = pattern.firstMatch(of: /\(\?[a-zA-Z]*i/) != nil
    }

    /// Alternatives up to the end of a group.
    mutating func expression() -> RegexNode {
        var branches: [RegexNode] = []
        repeat { branches.append(sequence()) } while skip("|")
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() -> RegexNode {
        var nodes: [RegexNode] = []
        while let next, next != "|", next != ")" {
            let start = position
            let atom = atom()
            nodes.append(counted(atom, from: start))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let next else { return nil }
        position += 1
        return next
    }

    private mutating func skip(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func skip(past end: Unicode.Scalar) {
        while let scalar = take(), scalar != end {}
    }

    private func literal(_ scalar: Unicode.Scalar) -> RegexNode {
        .characters(RegexClass.of(scalar, ignoringCase: ignoresCase))
    }

    // MARK: - Parts

    private mutating func atom() -> RegexNode {
        guard let scalar = take() else { return .nothing }
        switch scalar {
        case "(": return group()
        case "[": return .characters(set())
        case "\\": return escape()
        case ".": return .characters(RegexClass.all.subtracting([10, 13]))
        case "^", "$": return .nothing
        default: return literal(scalar)
        }
    }

    private mutating func group() -> RegexNode {
        var wrap: (RegexNode) -> RegexNode = { $0 }
        if skip("?") {
            if skip("#") {
                skip(past: ")")
                return .nothing
            }
            if skip("=") || skip("!") || skip("<=") || skip("<!") {
                wrap = { .look($0) }
            } else if skip(">") {
                wrap = { .atomic($0) }
            } else if skip("<") || skip("P<") {
                skip(past: ">")
            } else {
                // Flags, of the group or of what follows.
                while let next, next != ":", next != ")" { position += 1 }
                guard skip(":") else {
                    _ = take()
                    return .nothing
                }
            }
        }
        let inner = expression()
        _ = take()
        return wrap(inner)
    }

    private mutating func counted(_ atom: RegexNode, from start: Int) -> RegexNode {
        var node = atom
        while var count = count() {
            count.isPossessive = skip("+")
            _ = skip("?")
            let text = scalars[start..<position].reduce(into: "") { $0.unicodeScalars.append($1) }
            count.text = text
            node = .repetition(node, count)
        }
        return node
    }

    private mutating func count() -> RegexNode.Count? {
        if skip("*") { return .init(least: 0, most: nil) }
        if skip("+") { return .init(least: 1, most: nil) }
        if skip("?") { return .init(least: 0, most: 1) }
        let start = position
        guard skip("{") else { return nil }
        let least = number()
        let hasMost = skip(",")
        let most = number()
        guard skip("}"), least != nil || most != nil else {
            position = start
            return nil
        }
        return .init(least: least ?? 0, most: hasMost ? most : least)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let next, ("0"..."9").contains(next), digits.count < 9 {
            digits.unicodeScalars.append(next)
            position += 1
        }
        return Int(digits)
    }

    // MARK: - Characters

    private mutating func escape() -> RegexNode {
        guard let scalar = take() else { return .nothing }
        if let known = RegexClass.escaped(scalar) { return .characters(known) }
        switch scalar {
        case "b", "B", "A", "Z", "z", "G", "K", "y", "Y": return .nothing
        case "1"..."9":
            _ = number()
            return .reference
        case "k", "g":
            if next == "<" { skip(past: ">") } else if next == "{" { skip(past: "}") }
            return .reference
        case "Q":
            var nodes: [RegexNode] = []
            while next != nil, !skip("\\E") { if let scalar = take() { nodes.append(literal(scalar)) } }
            return .sequence(nodes)
        default: return coded(scalar).map(literal) ?? .characters(RegexClass.all)
        }
    }

    /// The character that an escape stands for; nil: any of several.
    private mutating func coded(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{C}"
        case "e": return "\u{1B}"
        case "a": return "\u{7}"
        case "x", "u", "U", "p", "P", "N", "c":
            // By number, name or property: at worst it is taken for more than it is.
            if next == "{" {
                skip(past: "}")
            } else {
                position = min(scalars.count, position + (scalar == "u" ? 4 : scalar == "x" ? 2 : 1))
            }
            return nil
        default: return scalar
        }
    }

    /// What stands between brackets; of sets that are put together, all that any of them has.
    private mutating func set() -> RegexCharacters {
        let isNegated = skip("^")
        var characters: RegexCharacters = []
        var isFirst = true
        while let scalar = take(), scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[" {
                if next == ":" {
                    skip(past: "]")
                    characters.formUnion(RegexClass.all)
                } else {
                    characters.formUnion(set())
                }
                continue
            }
            guard let low = scalar == "\\" ? inSet(&characters) : scalar else { continue }
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]", scalars[position + 1] != "-" else {
                characters.formUnion(RegexClass.of(low, ignoringCase: ignoresCase))
                continue
            }
            position += 1
            guard let end = take(), let high = end == "\\" ? inSet(&characters) : end else { continue }
            characters.formUnion(RegexClass.range(low, high, ignoringCase: ignoresCase))
        }
        return isNegated ? RegexClass.all.subtracting(characters) : characters
    }

    /// An escape between brackets: the one character that it is; nil: it is a class, which is added.
    private mutating func inSet(_ characters: inout RegexCharacters) -> Unicode.Scalar? {
        guard let scalar = take() else { return nil }
        if let known = RegexClass.escaped(scalar) {
            characters.formUnion(known)
            return nil
        }
        if let one = coded(scalar) { return one }
        characters.formUnion(RegexClass.all)
        return nil
    }
}
