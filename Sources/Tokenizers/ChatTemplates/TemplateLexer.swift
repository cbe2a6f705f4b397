/// Cuts a template into tokens, with Jinja's rules for blanks around tags as transformers sets them: `trim_blocks` and `lstrip_blocks`.
struct TemplateLexer {
    let scalars: [Unicode.Scalar]
    var at = 0
    private(set) var line = 1
    private(set) var tokens: [TemplateToken] = []
    /// Whether nothing but blanks stands between a line's start and here.
    private var lineStarts = true

    static func tokens(of source: String) throws(TemplateProblem) -> [TemplateToken] {
        var lexer = TemplateLexer(source)
        try lexer.run()
        return lexer.tokens
    }

    private init(_ source: String) {
        var scalars: [Unicode.Scalar] = []
        for scalar in source.unicodeScalars {
            // Each line ends in \n.
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            if let last = scalars.indices.last, scalars[last] == "\r" { scalars[last] = "\n" }
            scalars.append(scalar)
        }
        if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
        if scalars.last == "\n" { scalars.removeLast() }
        self.scalars = scalars
    }

    func fail(_ problem: String) -> TemplateProblem { TemplateProblem(line: line, problem: problem) }

    func starts(with text: StaticString, at place: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard place + length <= scalars.count else { return false }
        return (0..<length).allSatisfy { scalars[place + $0].value == UInt32(text.utf8Start[$0]) }
    }

    mutating func add(_ kind: TemplateToken.Kind) { tokens.append(TemplateToken(kind: kind, line: line)) }

    /// Goes on to a place and counts the lines on the way.
    mutating func advance(to place: Int) {
        for scalar in scalars[at..<place] where scalar == "\n" { line += 1 }
        at = place
    }

    private mutating func run() throws(TemplateProblem) {
        while at < scalars.count {
            guard let tag = nextTag() else { return addData(to: scalars.count, end: scalars.count) }
            let mark = tag + 2 < scalars.count ? scalars[tag + 2] : " "
            addData(to: dataEnd(before: tag, mark), end: tag)
            let start = tag + 2 + (mark == "-" || mark == "+" ? 1 : 0)
            switch scalars[tag + 1] {
            case "#": try skipComment(from: start)
            case "%": try readTag(from: start, (.blockStart, .blockEnd))
            default: try readTag(from: start, (.outputStart, .outputEnd))
            }
        }
        add(.end)
    }

    private func nextTag() -> Int? {
        var place = at
        while place + 1 < scalars.count {
            if scalars[place] == "{", ["%", "{", "#"].contains(scalars[place + 1]) { return place }
            place += 1
        }
        return nil
    }

    /// Where the text before a tag ends, without the blanks that the tag takes away.
    private func dataEnd(before tag: Int, _ mark: Unicode.Scalar) -> Int {
        var end = tag
        while end > at, PythonText.isBlank(scalars[end - 1]), mark == "-" || scalars[end - 1] != "\n" { end -= 1 }
        if mark == "-" { return end }
        let isTag = scalars[tag + 1] != "{" && mark != "+"
        let fromLineStart = end > at ? scalars[end - 1] == "\n" : lineStarts
        return isTag && fromLineStart ? end : tag
    }

    private mutating func addData(to end: Int, end place: Int) {
        if end > at {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars[at..<end])
            add(.data(String(text)))
        }
        advance(to: place)
        if place == scalars.count, tokens.last?.kind != .end { add(.end) }
    }

    /// Past a tag's last sign, and the blanks after it that it takes away.
    private mutating func close(at place: Int, _ mark: Unicode.Scalar, trimsLine: Bool) {
        var end = place
        if mark == "-" {
            while end < scalars.count, PythonText.isBlank(scalars[end]) { end += 1 }
        } else if trimsLine, mark != "+", end < scalars.count, scalars[end] == "\n" {
            end += 1
        }
        advance(to: end)
        lineStarts = scalars[end - 1] == "\n"
    }

    private mutating func skipComment(from start: Int) throws(TemplateProblem) {
        var place = start
        while place < scalars.count, !starts(with: "#}", at: place) { place += 1 }
        guard place < scalars.count else { throw fail("a comment opens here and does not end") }
        close(at: place + 2, place > start ? scalars[place - 1] : " ", trimsLine: true)
    }

    private mutating func readTag(
        from start: Int, _ kinds: (start: TemplateToken.Kind, end: TemplateToken.Kind)
    ) throws(TemplateProblem) {
        add(kinds.start)
        let opened = line
        advance(to: start)
        let isBlock = kinds.start == .blockStart
        var brackets: [Unicode.Scalar] = []
        while true {
            while at < scalars.count, PythonText.isBlank(scalars[at]) { advance(to: at + 1) }
            guard at < scalars.count else { throw TemplateProblem(line: opened, problem: "a tag opens here and does not end") }
            if brackets.isEmpty, let (place, mark) = tagEnd(isBlock) {
                add(kinds.end)
                return close(at: place, mark, trimsLine: isBlock)
            }
            try readToken(&brackets)
        }
    }

    /// Where a tag that ends here is over, and the sign at its end.
    private func tagEnd(_ isBlock: Bool) -> (Int, Unicode.Scalar)? {
        let end: StaticString = isBlock ? "%}" : "}}"
        if starts(with: end, at: at) { return (at + 2, " ") }
        let mark = scalars[at]
        guard mark == "-" || mark == "+" && isBlock, starts(with: end, at: at + 1) else { return nil }
        return (at + 3, mark)
    }
}
