import FoundationEssentials
import SearchSpaces
import TrainerSettings

/// Fills in the macros of W&B's `command`: `${args}` and its kin, `${program}`, `${envvar:X}`.
struct CommandMacros {
    let assignment: Assignment
    let program: String?
    let parametersFile: String
    let environment: [String: String]

    /// The command's words; a macro that stands alone can become several.
    func expand(_ words: [String]) -> [String] { words.flatMap(expand) }

    private func expand(_ word: String) -> [String] {
        switch word {
        case "${env}": ["/usr/bin/env"]
        case "${interpreter}": [interpreter]
        case "${program}": program.map { [$0] } ?? []
        case "${args}": arguments.map { "--\($0)=\($1)" }
        case "${args_no_hyphens}": arguments.map { "\($0)=\($1)" }
        case "${args_json}": [JSONFile.line(.object(assignment.values))]
        case "${args_json_file}": [parametersFile]
        default: [variablesReplaced(in: word)]
        }
    }

    /// Values as Python's str() writes them, lists as JSON.
    private var arguments: [(String, String)] {
        assignment.values.sorted { $0.key < $1.key }.map { name, value in
            switch value {
            case .bool(let flag): (name, flag ? "True" : "False")
            case .null: (name, "None")
            case .string(let text): (name, text)
            case .double(let number): (name, "\(number)")
            default: (name, JSONFile.line(value))
            }
        }
    }

    private func variablesReplaced(in word: String) -> String {
        var result = word
        for (macro, name) in word.matches(of: /\$\{envvar:([A-Za-z_][A-Za-z0-9_]*)\}/).map({ ($0.0, $0.1) }) {
            result = result.replacing(macro, with: environment[String(name)] ?? "")
        }
        return result
    }

    /// `python` where there is one, as W&B has it; Debian calls it python3.
    private var interpreter: String {
        let folders = environment["PATH", default: "/usr/bin"].split(separator: ":")
        let isThere = folders.contains { FileManager.default.isExecutableFile(atPath: $0 + "/python") }
        return isThere ? "python" : "python3"
    }
}
