extension TemplateRenderer {
    /// Methods of Python's `str`.
    mutating func callMethod(_ name: String, of text: String, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        try charge(bytes: text.utf8.count)
        try charge(for: arguments)
        switch name {
        case "upper": return .string(text.uppercased())
        case "lower": return .string(text.lowercased())
        case "title": return .string(PythonText.titled(text))
        case "capitalize": return .string(PythonText.capitalized(text))
        case "strip", "lstrip", "rstrip":
            let characters = try optionalText(arguments, 0, name)
            return .string(PythonText.strip(text, characters, left: name != "rstrip", right: name != "lstrip"))
        case "startswith", "endswith": return .bool(try affixes(text, name, arguments))
        case "removeprefix", "removesuffix":
            let affix = try self.text(arguments, 0, name)
            guard try affixes(text, name == "removeprefix" ? "startswith" : "endswith", arguments) else { return .string(text) }
            let rest = name == "removeprefix" ? text.utf8.dropFirst(affix.utf8.count) : text.utf8.dropLast(affix.utf8.count)
            return .string(String(decoding: Array(rest), as: UTF8.self))
        case "split", "rsplit": return try split(text, name, arguments)
        case "splitlines": return try split(text, name, ([.string("\n")], []))
        case "replace": return try replace(text, arguments)
        case "find", "count":
            let mark = try self.text(arguments, 0, name)
            // Nothing stands everywhere, at the end too.
            if mark.isEmpty { return .int(name == "count" ? text.unicodeScalars.count + 1 : 0) }
            let places = PythonText.places(of: Array(mark.utf8), in: Array(text.utf8), most: limits.steps)
            try charge(places.count)
            if name == "count" { return .int(places.count) }
            return .int(
                places.first.map { String(decoding: Array(text.utf8.prefix($0)), as: UTF8.self).unicodeScalars.count } ?? -1)
        case "join":
            guard let list = arguments.positional.first else { throw fail("'join' takes a list") }
            return try apply("join", to: list, ([.string(text)], []))
        default: return .bool(!text.isEmpty && Self.isAll(text, name))
        }
    }

    private static func isAll(_ text: String, _ name: String) -> Bool {
        let scalars = text.unicodeScalars
        switch name {
        case "isdigit":
            return scalars.allSatisfy { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
        case "isspace": return scalars.allSatisfy(PythonText.isBlank)
        case "isupper": return scalars.contains { $0.properties.isUppercase } && !scalars.contains { $0.properties.isLowercase }
        default: return scalars.contains { $0.properties.isLowercase } && !scalars.contains { $0.properties.isUppercase }
        }
    }

    private func optionalText(_ arguments: Arguments, _ index: Int, _ name: String) throws(TemplateProblem) -> String? {
        guard index < arguments.positional.count else { return nil }
        if case .none = arguments.positional[index] { return nil }
        return try text(arguments, index, name)
    }

    private func affixes(_ text: String, _ name: String, _ arguments: Arguments) throws(TemplateProblem) -> Bool {
        var affixes: [TemplateValue] = Array(arguments.positional.prefix(1))
        if case .list(let several)? = affixes.first { affixes = several.items }
        guard !affixes.isEmpty || !arguments.positional.isEmpty else { throw fail("'\(name)' takes a text") }
        let bytes = Array(text.utf8)
        for affix in affixes {
            guard case .string(let affix) = affix else { throw fail("'\(name)' takes a text, not a \(affix.typeName)") }
            let part = name == "startswith" ? bytes.prefix(affix.utf8.count) : bytes.suffix(affix.utf8.count)
            if part.elementsEqual(affix.utf8) { return true }
        }
        return false
    }

    private mutating func split(_ text: String, _ name: String, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue
    {
        let separator = try optionalText(arguments, 0, name)
        guard separator != "" else { throw fail("'\(name)' takes a separator that is not empty") }
        let limit = arguments.named.first { $0.name == "maxsplit" }?.value ?? arguments.positional.dropFirst().first
        let given = limit?.integer ?? -1
        // As many more as there can be steps: then it is refused.
        let most = given < 0 ? limits.steps / 4 + 1 : min(given, limits.steps)
        var parts: [String]
        if name == "rsplit", given >= 0, let separator {
            let whole = PythonText.split(text, separator, most: limits.steps / 4 + 1)
            let kept = min(most, whole.count - 1)
            parts = [whole.dropLast(kept).joined(separator: separator)] + whole.suffix(kept)
        } else if name == "rsplit", given >= 0 {
            throw fail("'rsplit' at blanks with a limit is not supported")
        } else {
            parts = PythonText.split(text, separator, most: most)
        }
        if name == "splitlines", parts.last == "" { parts.removeLast() }
        try charge(4 * parts.count)
        return .list(TemplateList(parts.map { .string($0) }))
    }

    mutating func replace(_ text: String, _ arguments: Arguments) throws(TemplateProblem) -> TemplateValue {
        let (old, new) = (try self.text(arguments, 0, "replace"), try self.text(arguments, 1, "replace"))
        let limit = arguments.positional.dropFirst(2).first?.integer ?? -1
        let found =
            old.isEmpty
            ? text.utf8.count + 1
            : PythonText.places(of: Array(old.utf8), in: Array(text.utf8), most: limits.steps / 4 + 1).count
        try charge(4 * found)
        let (size, overflow) = found.multipliedReportingOverflow(by: new.utf8.count)
        try charge(bytes: overflow ? limits.text : min(size, limits.text))
        return .string(PythonText.replace(old, with: new, in: text, most: limit < 0 ? .max : limit))
    }
}
