/// A piece of a template's text.
struct TemplateToken: Hashable {
    enum Kind: Hashable {
        /// What stands outside of tags.
        case data(String)
        /// `{%` and `%}`
        case blockStart, blockEnd
        /// `{{` and `}}`
        case outputStart, outputEnd
        case name(String)
        case string(String)
        case integer(Int)
        case double(Double)
        case sign(String)
        case end
    }

    let kind: Kind
    let line: Int
}
