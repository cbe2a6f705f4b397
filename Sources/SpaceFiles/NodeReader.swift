import SearchSpaces
import TrainerSettings
import Yams

/// Turns YAML's nodes into located values, within bounds; merge keys (`<<`) are resolved as PyYAML does.
struct NodeReader {
    /// How many values there may still be: each takes a byte or so, and aliases of aliases can stand for any number of them.
    private var room: Int

    /// Of lists and mappings in one another.
    private static let deepest = 100

    /// - Parameter textLength: of the whole file, in bytes.
    init(textLength: Int) {
        room = 1000 + 2 * textLength
    }

    mutating func value(of node: Node, depth: Int) throws(SpaceFileError) -> LocatedValue {
        let position = Position(node)
        room -= 1
        guard room > 0 else {
            throw SpaceFileError(at: position, "too many aliases: the file stands for far more than it says")
        }
        guard depth <= Self.deepest else {
            throw SpaceFileError(at: position, "nested deeper than \(Self.deepest) levels")
        }
        switch node {
        case .scalar(let scalar): return LocatedValue(position: position, content: try Self.content(of: scalar, at: position))
        case .sequence(let sequence):
            var elements: [LocatedValue] = []
            for element in sequence { elements.append(try value(of: element, depth: depth + 1)) }
            return LocatedValue(position: position, content: .sequence(elements))
        case .mapping(let mapping):
            return LocatedValue(position: position, content: .mapping(try entries(of: mapping, depth: depth)))
        case .alias: throw SpaceFileError(at: position, "found an alias to nothing")
        }
    }

    private static func content(
        of scalar: Node.Scalar, at position: Position
    ) throws(SpaceFileError) -> LocatedValue.Content {
        try refuseNUL(in: scalar.string, at: position)
        let isPlain = scalar.style == .plain || scalar.style == .any
        let tag = scalar.tag.description
        let isNumber = [Tag.Name.int, .float].contains { $0.rawValue == tag }
        let isText = tag == Tag.Name.str.rawValue || !isPlain && !isNumber
        guard !isText else { return .scalar(.string(scalar.string), text: scalar.string) }
        let value = YAMLScalar.value(of: scalar.string)
        if case .double(let number) = value, YAMLNumber.isLost(number, of: scalar.string) {
            let instead = number == 0 ? "" : "; for infinity write .inf"
            throw SpaceFileError(
                at: position,
                "found \(scalar.string.prefix(40)), which is beyond what a number can hold\(instead), for a text write quotes")
        }
        if YAMLNumber.isBeyondIntegers(scalar.string, read: value) {
            throw SpaceFileError(
                at: position,
                "found \(scalar.string.prefix(40)), a whole number beyond 64 bits, which would be rounded; for a text write quotes, for a "
                    + "rounded number an exponent (1.8e19)")
        }
        return .scalar(value, text: scalar.string)
    }

    /// A text with it could be given to no program, and name no file.
    private static func refuseNUL(in text: String, at position: Position) throws(SpaceFileError) {
        guard text.utf8.contains(0) else { return }
        throw SpaceFileError(
            at: position, "found a text with the character NUL (\\0), which no program can be given; leave it out")
    }

    // MARK: - Mappings

    private mutating func entries(of mapping: Node.Mapping, depth: Int) throws(SpaceFileError) -> [LocatedValue.Entry] {
        var own: [LocatedValue.Entry] = []
        var merged: [LocatedValue.Entry] = []
        var names: Set<String> = []
        for (key, value) in mapping {
            guard case .scalar(let name) = key else {
                throw SpaceFileError(at: Position(key), "found a list or mapping as a key, expected a name")
            }
            try Self.refuseNUL(in: name.string, at: Position(key))
            guard names.insert(name.string).inserted else { throw SpaceFileError.duplicate(name.string, at: Position(key)) }
            let value = try self.value(of: value, depth: depth + 1)
            if name.string == "<<", name.style == .plain || name.style == .any {
                merged = try Self.merged(value)
            } else {
                own.append(LocatedValue.Entry(key: name.string, keyPosition: Position(key), value: value))
            }
        }
        return merged.isEmpty ? own : Self.overridden(merged, by: own)
    }

    /// The entries that a merge key brings in: of several mappings the first to have a key decides.
    private static func merged(_ value: LocatedValue) throws(SpaceFileError) -> [LocatedValue.Entry] {
        var merged: [LocatedValue.Entry] = []
        for source in (value.elements ?? [value]).reversed() {
            guard case .mapping(let entries) = source.content else {
                throw source.expected("after '<<' a mapping, or a list of them, such as *name")
            }
            merged = overridden(merged, by: entries)
        }
        return merged
    }

    /// A key keeps the place that it had first.
    private static func overridden(_ entries: [LocatedValue.Entry], by others: [LocatedValue.Entry]) -> [LocatedValue.Entry] {
        var result = entries
        var places = Dictionary(entries.enumerated().map { ($1.key, $0) }) { first, _ in first }
        for entry in others {
            if let place = places[entry.key] {
                result[place] = entry
            } else {
                places[entry.key] = result.count
                result.append(entry)
            }
        }
        return result
    }
}
