/// Why a template cannot be read or rendered, and where in it.
struct TemplateProblem: Error, Hashable {
    var line: Int
    let problem: String
}
