extension TemplateParser {
    mutating func expression() throws(TemplateProblem) -> TemplateExpression {
        try nested { parser throws(TemplateProblem) in try parser.choice() }
    }

    /// Expressions with commas between them: a tuple, unless there is one alone.
    mutating func tuple(withChoice: Bool) throws(TemplateProblem) -> TemplateExpression {
        func part(_ parser: inout TemplateParser) throws(TemplateProblem) -> TemplateExpression {
            try parser.nested { parser throws(TemplateProblem) in withChoice ? try parser.choice() : try parser.disjunction() }
        }
        var parts = [try part(&self)]
        guard token == .sign(",") else { return parts[0] }
        while takes(sign: ",") {
            switch token {
            case .blockEnd, .outputEnd, .sign(")"): break
            default: parts.append(try part(&self))
            }
        }
        return .list(parts, isTuple: true)
    }

    private mutating func choice() throws(TemplateProblem) -> TemplateExpression {
        var value = try disjunction()
        while takes(word: "if") {
            let test = try disjunction()
            value = try longer(.choice(test, then: value, else: takes(word: "else") ? try expression() : nil))
        }
        return value
    }

    private mutating func disjunction() throws(TemplateProblem) -> TemplateExpression {
        var left = try conjunction()
        while takes(word: "or") { left = try longer(.or(left, try conjunction())) }
        return left
    }

    private mutating func conjunction() throws(TemplateProblem) -> TemplateExpression {
        var left = try negation()
        while takes(word: "and") { left = try longer(.and(left, try negation())) }
        return left
    }

    private mutating func negation() throws(TemplateProblem) -> TemplateExpression {
        guard takes(word: "not") else { return try comparison() }
        return .not(try nested { parser throws(TemplateProblem) in try parser.negation() })
    }

    private mutating func comparison() throws(TemplateProblem) -> TemplateExpression {
        let left = try sum()
        var comparisons: [TemplateComparison] = []
        while true {
            if case .sign(let sign) = token, ["==", "!=", "<", "<=", ">", ">="].contains(sign) {
                advance()
                comparisons.append(TemplateComparison(sign: sign, value: try sum()))
            } else if takes(word: "in") {
                comparisons.append(TemplateComparison(sign: "in", value: try sum()))
            } else if token == .name("not"), following == .name("in") {
                advance()
                advance()
                comparisons.append(TemplateComparison(sign: "not in", value: try sum()))
            } else {
                return comparisons.isEmpty ? left : .comparison(left, comparisons)
            }
        }
    }

    private mutating func sum() throws(TemplateProblem) -> TemplateExpression {
        var left = try concatenation()
        while case .sign(let sign) = token, sign == "+" || sign == "-" {
            advance()
            left = try longer(.arithmetic(left, sign, try concatenation()))
        }
        return left
    }

    private mutating func concatenation() throws(TemplateProblem) -> TemplateExpression {
        var parts = [try product()]
        while takes(sign: "~") { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : .joined(parts)
    }

    private mutating func product() throws(TemplateProblem) -> TemplateExpression {
        var left = try unary(withFilters: true)
        while case .sign(let sign) = token, ["*", "/", "//", "%", "**"].contains(sign) {
            guard sign != "**" else { throw fail("the operator '**' is not supported") }
            advance()
            left = try longer(.arithmetic(left, sign, try unary(withFilters: true)))
        }
        return left
    }

    private mutating func unary(withFilters: Bool) throws(TemplateProblem) -> TemplateExpression {
        var value: TemplateExpression
        if takes(sign: "-") {
            value = .negative(try nested { parser throws(TemplateProblem) in try parser.unary(withFilters: false) })
        } else if takes(sign: "+") {
            value = .positive(try nested { parser throws(TemplateProblem) in try parser.unary(withFilters: false) })
        } else {
            value = try primary()
        }
        value = try postfix(value)
        return withFilters ? try filters(of: value) : value
    }

    private mutating func primary() throws(TemplateProblem) -> TemplateExpression {
        let found = token
        advance()
        switch found {
        case .name("true"), .name("True"): return .literal(.bool(true))
        case .name("false"), .name("False"): return .literal(.bool(false))
        case .name("none"), .name("None"): return .literal(.none)
        case .name(let name): return .name(name)
        case .integer(let number): return .literal(.int(number))
        case .double(let number): return .literal(.double(number))
        case .string(var text):
            while case .string(let more) = token {
                text += more
                advance()
            }
            return .literal(.string(text))
        case .sign("("):
            if takes(sign: ")") { return .list([], isTuple: true) }
            let value = try tuple(withChoice: true)
            try expect(.sign(")"))
            return value
        case .sign("["): return .list(try list(to: "]"), isTuple: false)
        case .sign("{"): return try dictionary()
        default: throw fail("found \(inWords(found)), expected an expression")
        }
    }

    private mutating func list(to end: String) throws(TemplateProblem) -> [TemplateExpression] {
        var values: [TemplateExpression] = []
        while !takes(sign: end) {
            values.append(try expression())
            guard takes(sign: ",") || token == .sign(end) else {
                throw fail("found \(inWords(token)), expected ',' or '\(end)'")
            }
        }
        return values
    }

    private mutating func dictionary() throws(TemplateProblem) -> TemplateExpression {
        var entries: [TemplateEntry] = []
        while !takes(sign: "}") {
            let key = try expression()
            try expect(.sign(":"))
            entries.append(TemplateEntry(key: key, value: try expression()))
            guard takes(sign: ",") || token == .sign("}") else { throw fail("found \(inWords(token)), expected ',' or '}'") }
        }
        return .dictionary(entries)
    }

    private mutating func postfix(_ base: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
        var value = base
        while true {
            if takes(sign: ".") {
                if case .integer(let index) = token {
                    advance()
                    value = try longer(.item(value, .literal(.int(index))))
                } else {
                    value = try longer(.attribute(value, try name()))
                }
            } else if takes(sign: "[") {
                value = try longer(try subscripted(value))
            } else if token == .sign("(") {
                value = try longer(.call(value, try arguments()))
            } else {
                return value
            }
        }
    }

    private mutating func subscripted(_ base: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
        var slice = TemplateSlice()
        var index: TemplateExpression?
        if token != .sign(":") { index = try expression() }
        if let index, takes(sign: "]") { return .item(base, index) }
        slice.start = index
        try expect(.sign(":"))
        if token != .sign(":"), token != .sign("]") { slice.stop = try expression() }
        if takes(sign: ":"), token != .sign("]") { slice.step = try expression() }
        try expect(.sign("]"))
        return .slice(base, slice)
    }

    private mutating func filters(of base: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
        var value = base
        while true {
            if takes(sign: "|") {
                value = try longer(.filter(value, try dottedName(), try optionalArguments()))
            } else if takes(word: "is") {
                value = try longer(try test(of: value))
            } else if token == .sign("(") {
                value = try longer(.call(value, try arguments()))
            } else {
                return value
            }
        }
    }

    private mutating func test(of value: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
        let isNegated = takes(word: "not")
        let name = try dottedName()
        var arguments = TemplateArguments()
        switch token {
        case .sign("("): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"), .name("is"), .name("if"), .name("in"), .name("not"): break
        case .name, .string, .integer, .double, .sign("["), .sign("{"):
            let argument = try nested { parser throws(TemplateProblem) in try parser.primary() }
            arguments.positional = [try postfix(argument)]
        default: break
        }
        let test = TemplateExpression.test(value, name, arguments)
        return isNegated ? .not(test) : test
    }

    mutating func dottedName() throws(TemplateProblem) -> String {
        var name = try name()
        while takes(sign: ".") { name += "." + (try self.name()) }
        return name
    }

    mutating func optionalArguments() throws(TemplateProblem) -> TemplateArguments {
        token == .sign("(") ? try arguments() : TemplateArguments()
    }

    private mutating func arguments() throws(TemplateProblem) -> TemplateArguments {
        try expect(.sign("("))
        var arguments = TemplateArguments()
        while !takes(sign: ")") {
            guard token != .sign("*"), token != .sign("**") else { throw fail("arguments with '*' are not supported") }
            if case .name(let name) = token, following == .sign("=") {
                advance()
                advance()
                arguments.named.append((name, try expression()))
            } else {
                arguments.positional.append(try expression())
            }
            guard takes(sign: ",") || token == .sign(")") else { throw fail("found \(inWords(token)), expected ',' or ')'") }
        }
        return arguments
    }

    /// An expression that has grown to the left, which makes it deeper by one.
    private mutating func longer(_ value: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
        links += 1
        guard links <= 1000 else { throw fail("an expression of more than 1000 parts is not supported") }
        return value
    }
}
