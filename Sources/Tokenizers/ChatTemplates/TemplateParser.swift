/// Reads a template's statements: the tags that chat templates use. Another one is refused by its name.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private var at = 0
    /// Tags and expressions inside one another here.
    private var depth = 0
    private var loops = 0
    /// Of one tag: operators, each of which makes an expression deeper to its left.
    var links = 0

    /// None that we know of has a third as many.
    private static let deepest = 60

    static func parse(_ source: String) throws(TemplateProblem) -> [TemplateStatement] {
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source))
        return try parser.statements(until: []).body
    }

    private init(tokens: [TemplateToken]) { self.tokens = tokens }

    var token: TemplateToken.Kind { tokens[at].kind }
    var following: TemplateToken.Kind { tokens[min(at + 1, tokens.count - 1)].kind }

    func fail(_ problem: String) -> TemplateProblem { TemplateProblem(line: tokens[at].line, problem: problem) }

    mutating func advance() { at = min(at + 1, tokens.count - 1) }

    mutating func nested<Value>(
        _ body: (inout TemplateParser) throws(TemplateProblem) -> Value
    ) throws(TemplateProblem) -> Value {
        guard depth < Self.deepest else { throw fail("more than \(Self.deepest) levels inside one another") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    mutating func takes(_ kind: TemplateToken.Kind) -> Bool {
        guard token == kind else { return false }
        advance()
        return true
    }

    mutating func takes(sign: String) -> Bool { takes(.sign(sign)) }
    mutating func takes(word: String) -> Bool { takes(.name(word)) }

    mutating func expect(_ kind: TemplateToken.Kind) throws(TemplateProblem) {
        guard takes(kind) else { throw fail("found \(inWords(token)), expected \(inWords(kind))") }
    }

    mutating func name() throws(TemplateProblem) -> String {
        guard case .name(let name) = token else { throw fail("found \(inWords(token)), expected a name") }
        advance()
        return name
    }

    func inWords(_ kind: TemplateToken.Kind) -> String {
        switch kind {
        case .data: "text"
        case .blockStart: "'{%'"
        case .blockEnd: "'%}'"
        case .outputStart: "'{{'"
        case .outputEnd: "'}}'"
        case .name(let text), .sign(let text): "'\(text.prefix(60))'"
        case .string: "a string"
        case .integer, .double: "a number"
        case .end: "the end of the template"
        }
    }

    /// Statements up to a tag with one of these names, which is read.
    private mutating func statements(
        until ends: [String]
    ) throws(TemplateProblem) -> (body: [TemplateStatement], end: String) {
        var body: [TemplateStatement] = []
        while true {
            let line = tokens[at].line
            links = 0
            switch token {
            case .data(let text):
                advance()
                body.append(TemplateStatement(line: line, kind: .data(text)))
            case .outputStart:
                advance()
                body.append(TemplateStatement(line: line, kind: .output(try tuple(withChoice: true))))
                try expect(.outputEnd)
            case .blockStart:
                advance()
                let tag = try name()
                if ends.contains(tag) { return (body, tag) }
                let kind = try nested { parser throws(TemplateProblem) in try parser.statement(tag) }
                body.append(TemplateStatement(line: line, kind: kind))
            case .end where ends.isEmpty: return (body, "")
            case .end:
                let missing = ends[ends.count - 1]
                throw fail("the template ends without '\(missing)'")
            default: throw fail("found \(inWords(token)), which stands in no tag")
            }
        }
    }

    private mutating func statement(_ tag: String) throws(TemplateProblem) -> TemplateStatement.Kind {
        switch tag {
        case "if": return try condition()
        case "for": return try loop()
        case "set": return try assignment()
        case "macro": return try macro()
        case "generation":
            try expect(.blockEnd)
            return .generation(try block(until: "endgeneration"))
        case "break", "continue":
            guard loops > 0 else { throw fail("'\(tag)' stands in no loop") }
            try expect(.blockEnd)
            return tag == "break" ? .stop : .next
        default: throw fail("the tag '\(tag.prefix(60))' is not supported")
        }
    }

    /// A body and the tag that ends it.
    private mutating func block(until end: String) throws(TemplateProblem) -> [TemplateStatement] {
        let body = try statements(until: [end]).body
        try expect(.blockEnd)
        return body
    }

    private mutating func condition() throws(TemplateProblem) -> TemplateStatement.Kind {
        var branches: [(test: TemplateExpression, body: [TemplateStatement])] = []
        while true {
            let test = try tuple(withChoice: false)
            try expect(.blockEnd)
            let (body, end) = try statements(until: ["elif", "else", "endif"])
            branches.append((test, body))
            if end == "elif" { continue }
            try expect(.blockEnd)
            return .condition(branches, else: end == "else" ? try block(until: "endif") : [])
        }
    }

    private mutating func loop() throws(TemplateProblem) -> TemplateStatement.Kind {
        let target = try target(until: "in")
        guard takes(word: "in") else { throw fail("found \(inWords(token)), expected 'in'") }
        let items = try tuple(withChoice: false)
        let test = takes(word: "if") ? try expression() : nil
        guard token != .name("recursive") else { throw fail("a recursive loop is not supported") }
        try expect(.blockEnd)
        loops += 1
        let (body, end) = try statements(until: ["else", "endfor"])
        loops -= 1
        try expect(.blockEnd)
        let otherwise = end == "else" ? try block(until: "endfor") : []
        return .loop(TemplateLoop(target: target, items: items, test: test, body: body, otherwise: otherwise))
    }

    private mutating func target(until end: String) throws(TemplateProblem) -> TemplateTarget {
        var targets: [TemplateTarget] = []
        var isSeveral = false
        while true {
            if takes(sign: "(") {
                targets.append(try nested { parser throws(TemplateProblem) in try parser.target(until: ")") })
                guard takes(sign: ")") else { throw fail("found \(inWords(token)), expected ')'") }
            } else {
                targets.append(.name(try name()))
            }
            guard takes(sign: ",") else { break }
            isSeveral = true
            if token == .name(end) || token == .sign(end) { break }
        }
        return isSeveral ? .several(targets) : targets[0]
    }

    private mutating func assignment() throws(TemplateProblem) -> TemplateStatement.Kind {
        var target: TemplateTarget
        if case .name(let space) = token, following == .sign(".") {
            advance()
            advance()
            target = .attribute(of: space, try name())
        } else {
            target = try self.target(until: "=")
        }
        if takes(sign: "=") {
            let value = try tuple(withChoice: true)
            try expect(.blockEnd)
            return .assignment(target, value)
        }
        var filters: [(name: String, arguments: TemplateArguments)] = []
        while takes(sign: "|") { filters.append((try dottedName(), try optionalArguments())) }
        try expect(.blockEnd)
        // What is assigned in there is gone at its end, as a loop's body.
        return .capture(target, filters: filters, try block(until: "endset"))
    }

    private mutating func macro() throws(TemplateProblem) -> TemplateStatement.Kind {
        let name = try name()
        try expect(.sign("("))
        var parameters: [(name: String, usual: TemplateExpression?)] = []
        while !takes(sign: ")") {
            let parameter = try self.name()
            parameters.append((parameter, takes(sign: "=") ? try expression() : nil))
            guard takes(sign: ",") || token == .sign(")") else { throw fail("found \(inWords(token)), expected ',' or ')'") }
        }
        try expect(.blockEnd)
        let outer = loops
        loops = 0
        defer { loops = outer }
        return .macro(TemplateMacro(name: name, parameters: parameters, body: try block(until: "endmacro")))
    }
}
