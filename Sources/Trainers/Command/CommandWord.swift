/// A word of a trainer's command, its macros told from its text.
struct CommandWord: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case text(String)
        /// The name in `${name}`, whether we know it or not.
        case macro(String)
    }

    let parts: [Part]

    init(_ word: String) {
        var parts: [Part] = []
        var end = word.startIndex
        for match in word.matches(of: /\$\{([^{}]*)\}/) {
            if end < match.range.lowerBound { parts.append(.text(String(word[end..<match.range.lowerBound]))) }
            parts.append(.macro(String(match.1)))
            end = match.range.upperBound
        }
        if end < word.endIndex { parts.append(.text(String(word[end...]))) }
        self.parts = parts
    }

    /// The macro that is the whole word.
    var loneMacro: String? {
        if case .macro(let name)? = parts.first, parts.count == 1 { name } else { nil }
    }

    var macros: [String] {
        parts.compactMap { if case .macro(let name) = $0 { name } else { nil } }
    }

    /// Macros that stand for any number of words, so that they have to be words of their own.
    static let severalWords = hydra.union(["args", "args_no_equals", "args_no_hyphens", "args_no_boolean_flags"])
    /// Those that are Hydra's overrides.
    static let hydra: Set = ["args_hydra", "args_append_hydra", "args_override_hydra"]
    /// Macros that stand for one, and can be a part of it.
    static let oneWord = [
        "env", "interpreter", "program", "args_json", "args_json_file", "trial_dir", "trial", "worker",
    ]
    static let variable = "envvar:"

    /// Those that pass a configuration on.
    static let parameters: Set = severalWords.union(["args_json", "args_json_file"])
    /// Those that are another one in each trial.
    static let ownOfTrial: Set = ["trial_dir", "trial", "worker"]

    /// The variables that `${envvar:NAME}` asks for.
    var variables: [String] {
        macros.filter { $0.hasPrefix(Self.variable) }.map { String($0.dropFirst(Self.variable.count)) }
    }

    /// What a trial is told by its environment alone; those that may be absent there are then an empty text.
    static let trialVariables: [(name: String, isAlwaysThere: Bool)] = [
        ("AUTOLORA_STUDY", true), ("AUTOLORA_TRIAL", true), ("AUTOLORA_TRIAL_DIR", true), ("AUTOLORA_CONFIG", true),
        ("AUTOLORA_SEED", true), ("AUTOLORA_REPORTS", true), ("AUTOLORA_WORKER", true), ("AUTOLORA_RESUME_FROM", false),
        ("AUTOLORA_STOP_AFTER", false),
    ]
}
