import SearchSpaces

extension JSONTree {
    /// Every key and text in it, quotes included: what a format's own words are.
    var words: [[UInt8]] {
        switch self {
        case .object(let fields): fields.flatMap { [$0.key] + $0.value.words }
        case .array(let elements): elements.flatMap(\.words)
        case .nested(let inner, _, _): inner.words
        case .scalar(let text): text.first == UInt8(ascii: "\"") ? [text] : []
        }
    }

    /// One change of one value, key or list in the tree.
    mutating func mutate(words: [[UInt8]], using random: inout SeededGenerator) {
        let donor = node(random.below(nodeCount))
        // Half of the changes anywhere, half of them anywhere but in the root's own list of fields.
        var target = random.below(nodeCount)
        var generator = random
        change(&target) { $0.changeSelf(donor: donor, words: words, using: &generator) }
        random = generator
    }

    private mutating func changeSelf(donor: JSONTree, words: [[UInt8]], using random: inout SeededGenerator) {
        switch random.below(12) {
        case 0: self = .scalar(random.pick(Extremes.values))
        case 1: self = donor
        case 2: self = .nested(self, depth: random.pick([1, 2, 8, 64, 511, 513, 2_000, 20_000]), inMappings: random.oneIn(2))
        case 3 where !words.isEmpty: self = .scalar(random.pick(words))
        default:
            switch self {
            case .object(var fields):
                Self.change(&fields, donor: donor, words: words, using: &random)
                self = .object(fields)
            case .array(var elements):
                Self.change(&elements, donor: donor, using: &random)
                self = .array(elements)
            case .scalar(let text): self = .scalar(Self.changed(text, using: &random))
            case .nested(let inner, _, let inMappings): self = .nested(inner, depth: random.below(70), inMappings: !inMappings)
            }
        }
    }

    private static func change(
        _ fields: inout [Field], donor: JSONTree, words: [[UInt8]], using random: inout SeededGenerator
    ) {
        let key = words.isEmpty || random.oneIn(4) ? Array(random.pick(Extremes.values).utf8) : random.pick(words)
        guard !fields.isEmpty else { return fields.append(Field(key: key, value: donor)) }
        let place = random.below(fields.count)
        switch random.below(7) {
        case 0: fields.append(fields[place])
        case 1: fields.append(Field(key: fields[place].key, value: donor))
        case 2: fields.remove(at: place)
        case 3: fields[place].key = key
        case 4: fields.swapAt(place, random.below(fields.count))
        case 5:
            let other = random.below(fields.count)
            (fields[place].value, fields[other].value) = (fields[other].value, fields[place].value)
        default: fields.append(Field(key: key, value: donor))
        }
    }

    private static func change(_ elements: inout [JSONTree], donor: JSONTree, using random: inout SeededGenerator) {
        guard !elements.isEmpty else { return elements.append(donor) }
        let place = random.below(elements.count)
        switch random.below(6) {
        case 0: elements.remove(at: place)
        case 1: elements.insert(donor, at: place)
        case 2: elements += [JSONTree](repeating: elements[place], count: random.size(atMost: 200))
        case 3: elements.swapAt(place, random.below(elements.count))
        case 4: elements.append(.scalar(random.pick(Extremes.numbers)))
        default: elements.reverse()
        }
    }

    private static func changed(_ text: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        guard text.first == UInt8(ascii: "\""), text.count >= 2 else {
            if random.oneIn(6) { return Array("\"".utf8) + text + Array("\"".utf8) }
            return Array(random.pick(Extremes.numbers).utf8)
        }
        var inner = Array(text.dropFirst().dropLast())
        switch random.below(6) {
        case 0: inner = Array(random.pick(Extremes.numbers).utf8)
        case 1: inner.insert(contentsOf: random.pick(Extremes.bytes), at: random.below(inner.count + 1))
        case 2: inner = (0..<random.size(atMost: 5_000)).flatMap { _ in inner.prefix(20) }
        case 3:
            inner.insert(contentsOf: Array(random.pick(["\\u0000", "\\ud800", "\\n", "\\\"", "\\u200d", "/../"]).utf8), at: 0)
        case 4: inner = inner.isEmpty ? [] : Array(inner[random.stretch(of: inner.count)])
        default: inner.mutateBytes(using: &random)
        }
        return Array("\"".utf8) + inner + Array("\"".utf8)
    }
}
