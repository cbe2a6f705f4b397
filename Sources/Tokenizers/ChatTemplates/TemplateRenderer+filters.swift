extension TemplateRenderer {
    /// A filter, Jinja's own or transformers'.
    mutating func apply(
        _ name: String, to value: TemplateValue, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        switch name {
        case "default", "d":
            let countsFalse = argument(arguments, 1, "boolean")?.isTrue ?? false
            let isThere = countsFalse ? value.isTrue : !value.isUndefined
            return isThere ? value : argument(arguments, 0, "default_value") ?? .string("")
        case "trim", "string", "safe", "upper", "lower", "capitalize", "title", "replace", "indent":
            return try filterText(name, value, arguments)
        case "tojson": return try json(value, arguments)
        case "int", "float", "abs", "round": return try filterNumber(name, value, arguments)
        default: return try filterList(name, value, arguments)
        }
    }

    func argument(_ arguments: Arguments, _ index: Int, _ name: String) -> TemplateValue? {
        index < arguments.positional.count
            ? arguments.positional[index] : arguments.named.first { $0.name == name }?.value
    }

    private mutating func filterText(
        _ name: String, _ value: TemplateValue, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        let text = try text(of: value)
        try charge(bytes: text.utf8.count)
        try charge(for: arguments)
        switch name {
        case "string", "safe": return .string(text)
        case "trim":
            var characters: String?
            if case .string(let given)? = argument(arguments, 0, "chars") { characters = given }
            return .string(PythonText.strip(text, characters, left: true, right: true))
        case "replace":
            let given = [argument(arguments, 0, "old"), argument(arguments, 1, "new"), argument(arguments, 2, "count")]
            return try replace(text, (given.compactMap { $0 }, []))
        case "indent":
            let result = try indented(text, arguments)
            try charge(bytes: result.utf8.count)
            return .string(result)
        default: return try callMethod(name, of: text, arguments)
        }
    }

    private func indented(_ text: String, _ arguments: Arguments) throws(TemplateProblem) -> String {
        var blanks = "    "
        switch argument(arguments, 0, "width") {
        case .int(let width)?:
            guard (0...1000).contains(width) else { throw fail("'indent' takes a width of 0 to 1000") }
            blanks = String(repeating: " ", count: width)
        case .string(let given)?: blanks = given
        default: break
        }
        let first = argument(arguments, 1, "first")?.isTrue ?? false
        let empty = argument(arguments, 2, "blank")?.isTrue ?? false
        let lines = PythonText.split(text, "\n", most: limits.steps)
        guard lines.count * blanks.utf8.count < 1 << 26 else { throw fail("'indent' makes too long a text") }
        return lines.enumerated().map { index, line in
            (index == 0 ? first : empty || !line.isEmpty) ? blanks + line : line
        }.joined(separator: "\n")
    }

    private mutating func json(_ value: TemplateValue, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        try charge(for: arguments)
        var json = TemplateJSON()
        func named(_ name: String) -> TemplateValue? { arguments.named.first { $0.name == name }?.value }
        json.keepsUnicode = !(argument(arguments, 0, "ensure_ascii")?.isTrue ?? false)
        json.sortsKeys = named("sort_keys")?.isTrue ?? false
        switch argument(arguments, 1, "indent") {
        case .int(let width)?:
            guard (0...100).contains(width) else { throw fail("'tojson' takes an indent of 0 to 100") }
            json.indent = String(repeating: " ", count: width)
        case .string(let blanks)?: json.indent = blanks
        default: break
        }
        if case .list(let given)? = argument(arguments, 2, "separators"), given.items.count == 2 {
            json.separators = (given.items[0].text, given.items[1].text)
        }
        do throws(TemplateProblem) {
            try charge(for: value)
            guard json.most(of: value) <= limits.text else { throw fail("'tojson' makes too long a text") }
            let text = try json.text(of: value)
            try charge(bytes: text.utf8.count)
            return .string(text)
        } catch {
            throw fail(error.problem)
        }
    }

    private mutating func filterNumber(
        _ name: String, _ value: TemplateValue, _ arguments: Arguments
    ) throws(TemplateProblem) -> TemplateValue {
        try charge(for: value)
        let usual = argument(arguments, 0, "default")
        switch (name, value) {
        case ("abs", .double(let number)): return .double(abs(number))
        case ("abs", _):
            guard let number = value.integer, number > .min else { throw fail("'abs' takes a number") }
            return .int(abs(number))
        case ("int", .double(let number)): return Int(exactly: number.rounded(.towardZero)).map { .int($0) } ?? usual ?? .int(0)
        case ("int", .string(let text)):
            let plain = PythonText.strip(text, nil, left: true, right: true)
            return Int(plain).map { .int($0) } ?? Double(plain).flatMap { Int(exactly: $0.rounded(.towardZero)) }.map {
                .int($0)
            }
                ?? usual ?? .int(0)
        case ("int", _): return value.integer.map { .int($0) } ?? usual ?? .int(0)
        case ("float", .string(let text)):
            return Double(PythonText.strip(text, nil, left: true, right: true)).map { .double($0) } ?? usual ?? .double(0)
        case ("float", _): return value.number.map { .double($0) } ?? usual ?? .double(0)
        default: throw fail("the filter '\(name)' is not supported")
        }
    }
}
