extension TemplateRenderer {
    /// What a template can call without anything before it.
    static let functions = ["range", "namespace", "raise_exception", "strftime_now", "dict"]
    static let dictionaryMethods: Set = ["get", "items", "keys", "values"]
    static let listMethods: Set = ["index", "count"]
    static let textMethods: Set = [
        "split", "rsplit", "strip", "lstrip", "rstrip", "startswith", "endswith", "upper", "lower", "title", "capitalize",
        "replace",
        "find", "count", "join", "isdigit", "isspace", "isupper", "islower", "removeprefix", "removesuffix", "splitlines",
    ]

    mutating func call(_ callee: TemplateValue, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        switch callee {
        case .function(let name): return try callFunction(name, arguments)
        case .macro(let number): return try callMacro(number, arguments)
        case .method(.string(let text), let name): return try callMethod(name, of: text, arguments)
        case .method(.dictionary(let dictionary), let name): return try callMethod(name, of: dictionary, arguments)
        case .method(.list(let list), let name): return try callMethod(name, of: list, arguments)
        case .method(.loop(let position), _):
            guard !arguments.positional.isEmpty else { throw fail("'cycle' takes values") }
            return arguments.positional[position.index % arguments.positional.count]
        case .undefined(let name): throw fail("'\(name)' is undefined, so that it cannot be called")
        default: throw fail("a value of type \(callee.typeName) cannot be called")
        }
    }

    private mutating func callMacro(_ number: Int, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        let (macro, outer) = macros[number]
        guard arguments.positional.count <= macro.parameters.count else {
            throw fail(
                "the macro '\(macro.name)' takes \(macro.parameters.count) values, and \(arguments.positional.count) are given")
        }
        // Each parameter is looked for among the names that are given.
        try charge(macro.parameters.count * (1 + arguments.named.count) + arguments.named.count)
        let inner = Scope(in: outer)
        for (index, parameter) in macro.parameters.enumerated() {
            if index < arguments.positional.count {
                inner.values[parameter.name] = arguments.positional[index]
            } else if let given = arguments.named.first(where: { $0.name == parameter.name }) {
                inner.values[parameter.name] = given.value
            } else if let usual = parameter.usual {
                let here = scope
                scope = inner
                defer { scope = here }
                inner.values[parameter.name] = try value(usual)
            } else {
                inner.values[parameter.name] = .undefined(parameter.name)
            }
        }
        if let name = arguments.named.first(where: { given in !macro.parameters.contains { $0.name == given.name } })?.name {
            throw fail("the macro '\(macro.name)' takes no '\(name)'")
        }
        let (at, outerLoops) = (line, loops)
        loops = 0
        defer { (line, loops) = (at, outerLoops) }
        return .string(try captured(macro.body, in: inner))
    }

    private mutating func callFunction(_ name: String, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        try charge(for: arguments)
        switch name {
        case "namespace":
            var space = Space(values: [:])
            if case .dictionary(let given)? = arguments.positional.first {
                for (key, value) in given.entries { space.values[key.text] = value }
            }
            for (name, value) in arguments.named { space.values[name] = value }
            try charge(space.values.count)
            try checkParts(spaces.count)
            spaces.append(space)
            return .namespace(spaces.count - 1)
        case "dict":
            var dictionary = TemplateDictionary()
            if case .dictionary(let given)? = arguments.positional.first { dictionary = given }
            for (name, value) in arguments.named { dictionary[.string(name)] = value }
            return try checked(.dictionary(dictionary))
        case "range": return try range(arguments)
        case "strftime_now":
            let date = FixedDate.text(try text(arguments, 0, "strftime_now"))
            try charge(bytes: date.utf8.count)
            return .string(date)
        default:
            throw fail("the template says: " + (arguments.positional.first?.text ?? ""))
        }
    }

    private mutating func range(_ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        var bounds: [Int] = []
        for value in arguments.positional {
            guard let bound = value.integer else { throw fail("'range' takes numbers, not a \(value.typeName)") }
            bounds.append(bound)
        }
        guard (1...3).contains(bounds.count) else { throw fail("'range' takes one to three numbers") }
        let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
        let step = bounds.count == 3 ? bounds[2] : 1
        guard step != 0, [start, stop, step].allSatisfy({ $0.magnitude < 1 << 40 }) else {
            throw fail("'range' takes numbers that are not as large, and a step other than 0")
        }
        let count = (stop - start) / step
        guard count <= 100_000 else { throw fail("'range' gives 100000 numbers at most") }
        try charge(max(count, 0))
        return .list(TemplateList(stride(from: start, to: stop, by: step).map { .int($0) }))
    }

    func text(_ arguments: Arguments, _ index: Int, _ name: String) throws(TemplateProblem) -> String {
        guard index < arguments.positional.count, case .string(let text) = arguments.positional[index] else {
            throw fail("'\(name)' takes a text as its argument \(index + 1)")
        }
        return text
    }

    private mutating func callMethod(
        _ name: String, of dictionary: TemplateDictionary, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        let entries = dictionary.entries
        if name != "get" { try charge(entries.count) }
        try charge(for: arguments)
        switch name {
        case "get":
            guard let key = arguments.positional.first else { throw fail("'get' takes a key") }
            if let value = dictionary[key] { return value }
            return arguments.positional.count > 1 ? arguments.positional[1] : arguments.named.first?.value ?? .none
        case "items": return .list(TemplateList(entries.map { .list(TemplateList([$0.key, $0.value], isTuple: true)) }))
        case "keys": return .list(TemplateList(entries.map(\.key)))
        default: return .list(TemplateList(entries.map(\.value)))
        }
    }

    private mutating func callMethod(
        _ name: String, of list: TemplateList, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        guard let value = arguments.positional.first else { throw fail("'\(name)' takes a value") }
        try charge(list.weight)
        if name == "count" { return .int(list.items.count { $0.equals(value) }) }
        guard let index = list.items.firstIndex(where: { $0.equals(value) }) else {
            throw fail("'index' does not find the value")
        }
        return .int(index)
    }
}
