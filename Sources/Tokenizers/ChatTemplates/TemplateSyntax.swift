/// A part of an expression.
indirect enum TemplateExpression: Sendable {
    case literal(TemplateValue)
    case name(String)
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(TemplateExpression, TemplateSlice)
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case not(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case arithmetic(TemplateExpression, String, TemplateExpression)
    case joined([TemplateExpression])
    case comparison(TemplateExpression, [TemplateComparison])
    /// Without the last: undefined.
    case choice(TemplateExpression, then: TemplateExpression, else: TemplateExpression?)
    case list([TemplateExpression], isTuple: Bool)
    case dictionary([TemplateEntry])
}

struct TemplateSlice: Sendable {
    var start, stop, step: TemplateExpression?
}

struct TemplateArguments: Sendable {
    var positional: [TemplateExpression] = []
    var named: [(name: String, value: TemplateExpression)] = []

    var isEmpty: Bool { positional.isEmpty && named.isEmpty }
}

struct TemplateComparison: Sendable {
    /// "==", "in", "not in", ...
    let sign: String
    let value: TemplateExpression
}

struct TemplateEntry: Sendable {
    let key, value: TemplateExpression
}

/// Where an assignment goes.
indirect enum TemplateTarget: Sendable {
    case name(String)
    case attribute(of: String, String)
    case several([TemplateTarget])
}

/// A part of a template.
struct TemplateStatement: Sendable {
    let line: Int
    let kind: Kind

    indirect enum Kind: Sendable {
        case data(String)
        case output(TemplateExpression)
        case condition([(test: TemplateExpression, body: [TemplateStatement])], else: [TemplateStatement])
        case loop(TemplateLoop)
        case assignment(TemplateTarget, TemplateExpression)
        case capture(TemplateTarget, filters: [(name: String, arguments: TemplateArguments)], [TemplateStatement])
        case macro(TemplateMacro)
        /// What the assistant wrote.
        case generation([TemplateStatement])
        case stop, next
    }
}

struct TemplateLoop: Sendable {
    let target: TemplateTarget
    let items: TemplateExpression
    let test: TemplateExpression?
    let body: [TemplateStatement]
    /// Where there are no items.
    let otherwise: [TemplateStatement]
}

struct TemplateMacro: Sendable {
    let name: String
    let parameters: [(name: String, usual: TemplateExpression?)]
    let body: [TemplateStatement]
}
