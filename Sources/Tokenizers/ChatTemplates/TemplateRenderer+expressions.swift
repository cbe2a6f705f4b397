extension TemplateRenderer {
    typealias Arguments = (positional: [TemplateValue], named: [(name: String, value: TemplateValue)])

    mutating func value(_ expression: TemplateExpression) throws(TemplateProblem) -> TemplateValue {
        try charge()
        return try nested { renderer throws(TemplateProblem) in try renderer.evaluate(expression) }
    }

    private mutating func evaluate(_ expression: TemplateExpression) throws(TemplateProblem) -> TemplateValue {
        switch expression {
        case .literal(let value): return value
        case .name(let name): return scope.value(name) ?? .undefined(name)
        case .attribute(let object, let name): return try attribute(name, of: try value(object))
        case .item(let object, let key): return try item(try value(key), of: try value(object))
        case .slice(let object, let slice): return try self.slice(try value(object), slice)
        case .call(let callee, let arguments): return try call(try value(callee), try values(arguments))
        case .filter(let object, let name, let arguments): return try apply(name, to: try value(object), try values(arguments))
        case .test(let object, let name, let arguments): return .bool(try test(name, try value(object), try values(arguments)))
        case .negative(let number): return try negated(try value(number))
        case .positive(let number): return try value(number)
        case .not(let flag): return .bool(!(try value(flag)).isTrue)
        case .and(let left, let right):
            let first = try value(left)
            return first.isTrue ? try value(right) : first
        case .or(let left, let right):
            let first = try value(left)
            return first.isTrue ? first : try value(right)
        case .arithmetic(let left, let sign, let right): return try arithmetic(try value(left), sign, try value(right))
        case .joined(let parts): return try joined(parts)
        case .comparison(let left, let comparisons): return try compare(left, comparisons)
        case .choice(let test, let then, let otherwise):
            if try value(test).isTrue { return try value(then) }
            return try otherwise.map { other throws(TemplateProblem) in try value(other) } ?? .undefined("if")
        case .list(let parts, let isTuple): return try list(parts, isTuple)
        case .dictionary(let entries): return try dictionary(entries)
        }
    }

    mutating func values(_ arguments: TemplateArguments) throws(TemplateProblem) -> Arguments {
        var values: Arguments = ([], [])
        for argument in arguments.positional { values.positional.append(try value(argument)) }
        for argument in arguments.named { values.named.append((argument.name, try value(argument.value))) }
        return values
    }

    private mutating func list(_ parts: [TemplateExpression], _ isTuple: Bool) throws(TemplateProblem) -> TemplateValue {
        var items: [TemplateValue] = []
        for part in parts { items.append(try value(part)) }
        return try checked(.list(TemplateList(items, isTuple: isTuple)))
    }

    private mutating func dictionary(_ entries: [TemplateEntry]) throws(TemplateProblem) -> TemplateValue {
        var dictionary = TemplateDictionary()
        for entry in entries {
            let key = try value(entry.key)
            guard key.isHashable else { throw fail("a value of type \(key.typeName) cannot be a key") }
            try charge(for: key)
            dictionary[key] = try value(entry.value)
        }
        return try checked(.dictionary(dictionary))
    }

    private mutating func joined(_ parts: [TemplateExpression]) throws(TemplateProblem) -> TemplateValue {
        var text = ""
        for part in parts {
            let more = try self.text(of: try value(part))
            try charge(bytes: more.utf8.count)
            text += more
        }
        return .string(text)
    }

    func negated(_ value: TemplateValue) throws(TemplateProblem) -> TemplateValue {
        if let number = value.integer, number > .min { return .int(-number) }
        if case .double(let number) = value { return .double(-number) }
        throw fail("a value of type \(value.typeName) has no negative")
    }

    private mutating func compare(
        _ first: TemplateExpression, _ comparisons: [TemplateComparison]
    ) throws(TemplateProblem) -> TemplateValue {
        var left = try value(first)
        for comparison in comparisons {
            let right = try value(comparison.value)
            guard try holds(left, comparison.sign, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    mutating func holds(
        _ left: TemplateValue, _ sign: String, _ right: TemplateValue
    ) throws(TemplateProblem) -> Bool {
        try charge(min(left.weight, right.weight))
        switch sign {
        case "==": return left.equals(right)
        case "!=": return !left.equals(right)
        case "in": return try contains(right, left)
        case "not in": return !(try contains(right, left))
        case "<": return try isLess(left, right)
        case ">": return try isLess(right, left)
        case "<=": return try !isLess(right, left)
        default: return try !isLess(left, right)
        }
    }

    func isLess(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateProblem) -> Bool {
        if let a = left.integer, let b = right.integer { return a < b }
        if let a = left.number, let b = right.number { return a < b }
        if case .string(let a) = left, case .string(let b) = right { return PythonText.isLess(a, b) }
        if case .list(let a) = left, case .list(let b) = right {
            for (x, y) in zip(a.items, b.items) where !x.equals(y) { return try isLess(x, y) }
            return a.items.count < b.items.count
        }
        throw fail("values of type \(left.typeName) and \(right.typeName) have no order")
    }

    mutating func contains(_ whole: TemplateValue, _ part: TemplateValue) throws(TemplateProblem) -> Bool {
        switch whole {
        case .string(let text):
            guard case .string(let part) = part else { throw fail("'in' a text takes a text, not a \(part.typeName)") }
            try charge(for: whole)
            try charge(bytes: text.utf8.count)
            return part.isEmpty || !PythonText.places(of: Array(part.utf8), in: Array(text.utf8), most: 1).isEmpty
        case .list(let list):
            try charge(list.weight)
            return list.items.contains { $0.equals(part) }
        case .dictionary(let dictionary):
            try charge(for: part)
            return dictionary[part] != nil
        case .undefined: return false
        default: throw fail("a value of type \(whole.typeName) has nothing in it")
        }
    }

    private mutating func arithmetic(
        _ left: TemplateValue, _ sign: String, _ right: TemplateValue
    ) throws(TemplateProblem) -> TemplateValue {
        if let a = left.integer, let b = right.integer { return try arithmetic(a, sign, b) }
        if let a = left.number, let b = right.number { return try arithmetic(a, sign, b) }
        switch (left, sign, right) {
        case (.string(let a), "+", .string(let b)):
            try charge(bytes: a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.list(let a), "+", .list(let b)) where a.isTuple == b.isTuple:
            try charge(4 * (a.items.count + b.items.count))
            return try checked(.list(TemplateList(a.items + b.items, isTuple: a.isTuple)))
        case (.string(let text), "*", .int(let count)), (.int(let count), "*", .string(let text)):
            try charge(bytes: multiplied(max(count, 0), text.utf8.count))
            return .string(text.isEmpty ? "" : String(repeating: text, count: max(count, 0)))
        case (.list(let list), "*", .int(let count)):
            try charge(multiplied(max(count, 0), 4 * list.items.count))
            guard !list.items.isEmpty else { return left }
            return try checked(
                .list(TemplateList(Array(repeatElement(list.items, count: max(count, 0)).joined()), isTuple: list.isTuple)))
        case (.string, "%", _): throw fail("texts with '%' are not supported")
        case (.undefined(let name), _, _), (_, _, .undefined(let name)): throw fail("'\(name)' is undefined")
        default: throw fail("'\(sign)' takes no \(left.typeName) and \(right.typeName)")
        }
    }

    private func multiplied(_ a: Int, _ b: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? limits.text + 1 : min(product, limits.text + 1)
    }

    private func arithmetic(_ a: Int, _ sign: String, _ b: Int) throws(TemplateProblem) -> TemplateValue {
        var result: (partialValue: Int, overflow: Bool)
        switch sign {
        case "+": result = a.addingReportingOverflow(b)
        case "-": result = a.subtractingReportingOverflow(b)
        case "*": result = a.multipliedReportingOverflow(by: b)
        default:
            guard b != 0, a != .min else { throw fail("a division by 0") }
            if sign == "/" { return .double(Double(a) / Double(b)) }
            let remainder = a % b
            let isOff = remainder != 0 && (remainder < 0) != (b < 0)
            result = (sign == "//" ? a / b - (isOff ? 1 : 0) : remainder + (isOff ? b : 0), false)
        }
        guard !result.overflow else { throw fail("a number that is too large") }
        return .int(result.partialValue)
    }

    private func arithmetic(_ a: Double, _ sign: String, _ b: Double) throws(TemplateProblem) -> TemplateValue {
        switch sign {
        case "+": return .double(a + b)
        case "-": return .double(a - b)
        case "*": return .double(a * b)
        default:
            guard b != 0 else { throw fail("a division by 0") }
            if sign == "/" { return .double(a / b) }
            let floor = (a / b).rounded(.down)
            return .double(sign == "//" ? floor : a - floor * b)
        }
    }
}
