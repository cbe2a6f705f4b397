/// A text's tokens as mteval-v13a has them, which sacreBLEU names `tok:13a`.
enum BLEUTokens {
    static func tokens(of text: String) -> [[Unicode.Scalar]] {
        let end = text.unicodeScalars.lastIndex { !PythonText.isSpace($0) }
        var text = end.map { Array(text.unicodeScalars[...$0]) } ?? []
        for (sign, other) in replaced { text = text.replacing(Array(sign.unicodeScalars), with: Array(other.unicodeScalars)) }
        var signs = apart([" "] + text + [" "])
        signs = pairs(in: signs, where: { !isDigit($0) && isStop($1) }, become: { [$0, " ", $1, " "] })
        signs = pairs(in: signs, where: { isStop($0) && !isDigit($1) }, become: { [" ", $0, " ", $1] })
        signs = pairs(in: signs, where: { isDigit($0) && $1 == "-" }, become: { [$0, " ", $1, " "] })
        return PythonText.words(signs)
    }

    private static let replaced = [
        ("<skipped>", ""), ("-\n", ""), ("\n", " "), ("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"),
    ]

    private static func isDigit(_ sign: Unicode.Scalar) -> Bool { ("0"..."9").contains(sign) }
    private static func isStop(_ sign: Unicode.Scalar) -> Bool { sign == "." || sign == "," }

    /// ASCII's punctuation but for . , - and ', with blanks around it.
    private static func apart(_ signs: [Unicode.Scalar]) -> [Unicode.Scalar] {
        signs.flatMap { sign -> [Unicode.Scalar] in
            switch sign {
            case " "..."&", "("..."+", ":"..."@", "["..."`", "{"..."~", "/": [" ", sign, " "]
            default: [sign]
            }
        }
    }

    /// As a regular expression for two signs replaces them: from the left, each sign once.
    private static func pairs(
        in signs: [Unicode.Scalar], where isPair: (Unicode.Scalar, Unicode.Scalar) -> Bool,
        become replaced: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]
    ) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(signs.count + 16)
        var place = 0
        while place < signs.count {
            if place + 1 < signs.count, isPair(signs[place], signs[place + 1]) {
                result += replaced(signs[place], signs[place + 1])
                place += 2
            } else {
                result.append(signs[place])
                place += 1
            }
        }
        return result
    }
}
