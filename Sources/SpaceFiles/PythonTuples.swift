import SearchSpaces

/// Python's tuples in a space file: YAML takes their parentheses for letters.
struct PythonTuples: Hashable, Sendable {
    /// How the list that they are in is written.
    let instead: String
    /// How many texts YAML reads in it.
    let texts: Int

    private static let longest = 200

    /// nil: the value is no list, or has none at any depth.
    init?(in value: LocatedValue) {
        guard value.elements != nil, Self.isIn(value) else { return nil }
        instead = Self.shortened(Self.written(value))
        texts = Self.count(value)
    }

    /// A tuple in a mapping of one line, `{value: (3, 4)}`, of which YAML makes further keys; nil: there is none.
    init?(in entries: [LocatedValue.Entry]) {
        guard let start = entries.firstIndex(where: { $0.value.written.map(Self.opens) ?? false }),
            let end = entries[start...].dropFirst().firstIndex(where: { Self.closes($0.key) }),
            entries[(start + 1)...end].allSatisfy(\.value.isNull)
        else { return nil }
        let parts = [entries[start].value.written ?? ""] + entries[(start + 1)...end].map(\.key)
        instead = "\(entries[start].key): " + Self.shortened(Self.bracketed(parts.joined(separator: ", ")))
        texts = parts.count
    }

    private static func opens(_ text: String) -> Bool { text.hasPrefix("(") && !text.contains(")") }

    private static func closes(_ text: String) -> Bool { text.hasSuffix(")") && !text.contains("(") }

    private static func isIn(_ value: LocatedValue) -> Bool {
        guard let elements = value.elements else { return false }
        let texts = elements.compactMap(\.written)
        return texts.contains(where: opens) && texts.contains(where: closes) || elements.contains(where: isIn)
    }

    private static func written(_ value: LocatedValue) -> String {
        if let elements = value.elements { return "[" + elements.map(written).joined(separator: ", ") + "]" }
        return value.written.map(bracketed) ?? "\(value.value)"
    }

    private static func count(_ value: LocatedValue) -> Int { value.elements?.reduce(0) { $0 + count($1) } ?? 1 }

    private static func bracketed(_ text: String) -> String { text.replacing("(", with: "[").replacing(")", with: "]") }

    private static func shortened(_ text: String) -> String {
        "\(text.prefix(longest))\(text.count > longest ? "..." : "")"
    }
}

extension SpaceFileError {
    /// nil: no tuple is in the mapping.
    static func tuple(in entries: [LocatedValue.Entry], at position: Position) -> SpaceFileError? {
        PythonTuples(in: entries).map {
            SpaceFileError(at: position, "YAML has no tuples and makes keys of their parts here; write the list \($0.instead)")
        }
    }
}
