/// Renders a template once: its statements one after another, as Jinja does in transformers' sandbox.
///
/// A template comes from outside. What it can do is bounded: steps, text that it makes, levels of calls.
struct TemplateRenderer {
    /// Names that are known in one place, and those around it.
    final class Scope {
        var values: [String: TemplateValue]
        let parent: Scope?

        init(_ values: [String: TemplateValue] = [:], in parent: Scope? = nil) { (self.values, self.parent) = (values, parent) }

        func value(_ name: String) -> TemplateValue? {
            var scope: Scope? = self
            while let at = scope {
                if let value = at.values[name] { return value }
                scope = at.parent
            }
            return nil
        }
    }

    enum Flow { case goesOn, stops, skips }

    struct Space {
        var values: [String: TemplateValue]
    }

    struct Limits {
        var steps = 5_000_000
        /// Bytes of all texts that are made.
        var text = 64 << 20
    }

    /// Namespaces and macros.
    private static let mostParts = 100_000
    static let deepest = 250
    private static let deepestValue = 200
    private static let heaviestValue = 2_000_000

    let limits: Limits
    private var steps = 0
    private var made = 0
    private var depth = 0
    var line = 0
    var scope: Scope
    var spaces: [Space] = []
    var macros: [(macro: TemplateMacro, scope: Scope)] = []
    var loops = 0
    /// What is printed; those after the first are kept for a value.
    private var outputs: [[UInt8]] = [[]]
    private var spans: [Range<Int>] = []

    static func render(
        _ template: [TemplateStatement], _ values: [String: TemplateValue], within limits: Limits = Limits()
    ) throws(TemplateProblem) -> RenderedChat {
        var renderer = TemplateRenderer(scope: Scope(values), limits)
        _ = try renderer.run(template)
        let text = String(decoding: renderer.outputs[0], as: UTF8.self)
        return RenderedChat(text: text, assistant: renderer.spans)
    }

    private init(scope: Scope, _ limits: Limits) { (self.scope, self.limits) = (Scope(in: scope), limits) }

    /// What the template or the conversation puts into a message is of any length.
    func fail(_ problem: String) -> TemplateProblem { TemplateProblem(line: line, problem: String(problem.prefix(500))) }

    /// Counts what is done and made.
    mutating func charge(_ count: Int = 1) throws(TemplateProblem) {
        steps += count
        guard steps <= limits.steps else { throw fail("takes more than \(limits.steps) steps; it may not end") }
    }

    /// Counts what is looked at from its beginning to its end.
    mutating func charge(for value: TemplateValue) throws(TemplateProblem) { try charge(value.weight) }

    mutating func charge(for arguments: Arguments) throws(TemplateProblem) {
        for value in arguments.positional { try charge(for: value) }
        for argument in arguments.named { try charge(for: argument.value) }
    }

    /// Counts the bytes of a text that is made.
    mutating func charge(bytes: Int) throws(TemplateProblem) {
        let (sum, overflow) = made.addingReportingOverflow(bytes)
        guard !overflow, sum <= limits.text else { throw fail("makes more than \(limits.text) bytes of text") }
        made = sum
    }

    /// Refuses more namespaces or macros than a template can need.
    func checkParts(_ count: Int) throws(TemplateProblem) {
        guard count < Self.mostParts else { throw fail("makes more than \(Self.mostParts) namespaces or macros") }
    }

    /// A value that was made, unless it is nested too deep.
    func checked(_ value: TemplateValue) throws(TemplateProblem) -> TemplateValue {
        guard value.depth <= Self.deepestValue else { throw fail("a value of more than \(Self.deepestValue) levels") }
        guard value.weight <= Self.heaviestValue else { throw fail("a value of more than \(Self.heaviestValue) parts") }
        return value
    }

    mutating func nested<Value>(
        _ body: (inout TemplateRenderer) throws(TemplateProblem) -> Value
    ) throws(TemplateProblem) -> Value {
        guard depth < Self.deepest else { throw fail("more than \(Self.deepest) levels inside one another") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    /// What a value prints.
    mutating func text(of value: TemplateValue) throws(TemplateProblem) -> String {
        if case .string(let text) = value { return text }
        try charge(value.weight)
        return value.text
    }

    mutating func print(_ text: String) throws(TemplateProblem) {
        try charge(bytes: text.utf8.count)
        outputs[outputs.count - 1].append(contentsOf: text.utf8)
    }

    /// What some statements print, in a scope of their own.
    mutating func captured(_ body: [TemplateStatement], in inner: Scope) throws(TemplateProblem) -> String {
        let outer = scope
        scope = inner
        outputs.append([])
        defer { scope = outer }
        do throws(TemplateProblem) {
            _ = try run(body)
        } catch {
            outputs.removeLast()
            throw error
        }
        return String(decoding: outputs.removeLast(), as: UTF8.self)
    }

    mutating func run(_ statements: [TemplateStatement]) throws(TemplateProblem) -> Flow {
        for statement in statements {
            line = statement.line
            try charge()
            let flow = try nested { renderer throws(TemplateProblem) in try renderer.run(statement) }
            if flow != .goesOn { return flow }
        }
        return .goesOn
    }

    private mutating func run(_ statement: TemplateStatement) throws(TemplateProblem) -> Flow {
        switch statement.kind {
        case .data(let text): try print(text)
        case .output(let expression): try print(try text(of: try value(expression)))
        case .condition(let branches, let otherwise):
            for branch in branches where try value(branch.test).isTrue { return try run(branch.body) }
            return try run(otherwise)
        case .loop(let loop): try run(loop)
        case .assignment(let target, let expression): try assign(try value(expression), to: target)
        case .capture(let target, let filters, let body):
            var result = TemplateValue.string(try captured(body, in: Scope(in: scope)))
            for filter in filters { result = try apply(filter.name, to: result, try values(filter.arguments)) }
            try assign(result, to: target)
        case .macro(let macro):
            try checkParts(macros.count)
            scope.values[macro.name] = .macro(macros.count)
            macros.append((macro, scope))
        case .generation(let body):
            let text = try captured(body, in: Scope(in: scope))
            let start = outputs[0].count
            try print(text)
            if !text.isEmpty { spans.append(start..<(start + text.utf8.count)) }
        case .stop: return .stops
        case .next: return .skips
        }
        return .goesOn
    }

    private mutating func run(_ loop: TemplateLoop) throws(TemplateProblem) {
        var items = try self.items(of: try value(loop.items))
        let outer = scope
        defer { scope = outer }
        if let test = loop.test {
            var kept: [TemplateValue] = []
            for item in items {
                scope = Scope(in: outer)
                try assign(item, to: loop.target)
                if try value(test).isTrue { kept.append(item) }
            }
            items = kept
        }
        guard !items.isEmpty else {
            scope = outer
            _ = try run(loop.otherwise)
            return
        }
        loops += 1
        defer { loops -= 1 }
        var position = LoopPosition(items: items, level: loops)
        for (index, item) in items.enumerated() {
            try charge()
            position.index = index
            scope = Scope(["loop": .loop(position)], in: outer)
            try assign(item, to: loop.target)
            if try run(loop.body) == .stops { return }
        }
    }

    private mutating func assign(_ value: TemplateValue, to target: TemplateTarget) throws(TemplateProblem) {
        switch target {
        case .name(let name): scope.values[name] = value
        case .attribute(let name, let attribute):
            guard case .namespace(let number)? = scope.value(name) else {
                throw fail("'\(name)' is no namespace, so that '\(name).\(attribute)' cannot be set")
            }
            spaces[number].values[attribute] = try checked(value)
        case .several(let targets):
            let items = try items(of: value)
            guard items.count == targets.count else {
                throw fail("\(items.count) values are to be taken apart into \(targets.count) names")
            }
            for (target, item) in zip(targets, items) { try assign(item, to: target) }
        }
    }

    /// What a loop goes over.
    mutating func items(of value: TemplateValue) throws(TemplateProblem) -> [TemplateValue] {
        switch value {
        case .list(let list): return list.items
        case .dictionary(let dictionary):
            try charge(4 * dictionary.entries.count)
            return dictionary.entries.map(\.key)
        case .string(let text):
            try charge(4 * text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        case .undefined: return []
        default: throw fail("a value of type \(value.typeName) is no list")
        }
    }
}
