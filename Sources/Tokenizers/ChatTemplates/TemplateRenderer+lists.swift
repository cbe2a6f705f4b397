extension TemplateRenderer {
    /// Filters of lists.
    mutating func filterList(
        _ name: String, _ value: TemplateValue, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        switch name {
        case "length", "count": return .int(try length(of: value))
        case "items":
            guard !value.isUndefined else { return .list(TemplateList([])) }
            guard case .dictionary = value else { throw fail("'items' takes a dictionary, not a \(value.typeName)") }
            return try call(.method(value, "items"), ([], []))
        case "dictsort": return try sortedEntries(value, arguments)
        case "join": return try join(value, arguments)
        case "map": return try map(value, arguments)
        case "select", "reject", "selectattr", "rejectattr": return try select(name, value, arguments)
        case "list", "first", "last", "reverse", "unique", "sort", "min", "max", "sum": break
        default: throw fail("the filter '\(name.prefix(60))' is not supported")
        }
        try charge(for: arguments)
        if name == "reverse", case .string(let text) = value {
            try charge(bytes: text.utf8.count)
            return .string(PythonText.text(text.unicodeScalars.reversed()))
        }
        let items = try items(of: value)
        switch name {
        case "first": return items.first ?? .undefined("first")
        case "last": return items.last ?? .undefined("last")
        case "reverse": return .list(TemplateList(items.reversed()))
        case "list": return .list(TemplateList(items))
        case "unique": return .list(TemplateList(try unique(items)))
        case "sum":
            guard items.allSatisfy({ $0.integer != nil }) else { throw fail("'sum' takes whole numbers") }
            return .int(items.reduce(0) { $0 &+ ($1.integer ?? 0) })
        default:
            let sorted = try sorted(items, reverse: argument(arguments, 0, "reverse")?.isTrue ?? false) { $0 }
            if name == "sort" { return .list(TemplateList(sorted)) }
            return (name == "min" ? sorted.first : sorted.last) ?? .undefined(name)
        }
    }

    private mutating func length(of value: TemplateValue) throws(TemplateProblem) -> Int {
        switch value {
        case .string(let text):
            try charge(bytes: text.utf8.count)
            return text.unicodeScalars.count
        case .list(let list): return list.items.count
        case .dictionary(let dictionary): return dictionary.entries.count
        case .undefined: return 0
        default: throw fail("a value of type \(value.typeName) has no length")
        }
    }

    private mutating func unique(_ items: [TemplateValue]) throws(TemplateProblem) -> [TemplateValue] {
        var (kept, keys, weight): ([TemplateValue], [TemplateValue], Int) = ([], [], 0)
        for item in items {
            try charge(item.weight + weight)
            let key = Self.folded(item)
            guard !keys.contains(where: { $0.equals(key) }) else { continue }
            kept.append(item)
            keys.append(key)
            weight += key.weight
        }
        return kept
    }

    /// Without capitals, as Jinja compares texts unless told otherwise.
    private static func folded(_ value: TemplateValue) -> TemplateValue {
        if case .string(let text) = value { .string(text.lowercased()) } else { value }
    }

    private mutating func sorted(
        _ items: [TemplateValue], reverse: Bool, by key: (TemplateValue) -> TemplateValue
    ) throws(TemplateProblem) -> [TemplateValue] {
        var (problem, compared): (TemplateProblem?, Int) = (nil, 0)
        var keys: [TemplateValue] = []
        for item in items {
            try charge(for: item)
            keys.append(Self.folded(key(item)))
        }
        let weights = keys.map(\.weight)
        let places = items.indices.sorted { a, b in
            compared += min(weights[a], weights[b])
            do throws(TemplateProblem) {
                let (first, second) = reverse ? (keys[b], keys[a]) : (keys[a], keys[b])
                if try isLess(first, second) { return true }
                return try !isLess(second, first) && a < b
            } catch {
                problem = problem ?? error
                return a < b
            }
        }
        if let problem { throw problem }
        try charge(compared)
        return places.map { items[$0] }
    }

    private mutating func sortedEntries(_ value: TemplateValue, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue
    {
        guard case .dictionary(let dictionary) = value else {
            throw fail("'dictsort' takes a dictionary, not a \(value.typeName)")
        }
        guard arguments.positional.isEmpty, arguments.named.isEmpty else {
            throw fail("'dictsort' with arguments is not supported")
        }
        let entries = dictionary.entries.map { TemplateValue.list(TemplateList([$0.key, $0.value], isTuple: true)) }
        let sorted = try sorted(entries, reverse: false) { entry in
            if case .list(let pair) = entry { pair.items[0] } else { entry }
        }
        return .list(TemplateList(sorted))
    }

    private mutating func join(_ value: TemplateValue, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        try charge(for: arguments)
        let separator = argument(arguments, 0, "d")?.text ?? ""
        var parts: [String] = []
        for item in try items(of: value) {
            let part = try argument(arguments, 1, "attribute").map { name throws(TemplateProblem) in
                try self.item(name, of: item)
            }
            parts.append(try text(of: part ?? item))
            try charge(bytes: parts[parts.count - 1].utf8.count + separator.utf8.count)
        }
        return .string(parts.joined(separator: separator))
    }

    private mutating func map(_ value: TemplateValue, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        var mapped: [TemplateValue] = []
        let attribute = arguments.named.first { $0.name == "attribute" }?.value
        for item in try items(of: value) {
            if let attribute {
                mapped.append(try self.item(attribute, of: item))
            } else {
                let rest = Array(arguments.positional.dropFirst())
                mapped.append(try apply(try text(arguments, 0, "map"), to: item, (rest, arguments.named)))
            }
        }
        return try checked(.list(TemplateList(mapped)))
    }

    private mutating func select(
        _ name: String, _ value: TemplateValue, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        let hasAttribute = name.hasSuffix("attr")
        let attribute = hasAttribute ? arguments.positional.first : nil
        guard !hasAttribute || attribute != nil else { throw fail("'\(name)' takes the name of an attribute") }
        let rest = hasAttribute ? Array(arguments.positional.dropFirst()) : arguments.positional
        var kept: [TemplateValue] = []
        for item in try items(of: value) {
            let subject = try attribute.map { attribute throws(TemplateProblem) in try self.item(attribute, of: item) } ?? item
            var holds = subject.isTrue
            if !rest.isEmpty { holds = try test(try text((rest, []), 0, name), subject, (Array(rest.dropFirst()), [])) }
            if holds == name.hasPrefix("select") { kept.append(item) }
        }
        return .list(TemplateList(kept))
    }
}
