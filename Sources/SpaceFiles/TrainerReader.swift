import SearchSpaces
import TrainerSettings

/// The trainer as the file has it, with the places of what is said of it.
struct LocatedTrainer {
    let trainer: Trainer
    /// Of the section.
    let position: Position
    /// Of each setting's value.
    var places: [String: Position] = [:]
    /// nil: the built-in one.
    var command: LocatedCommand?

    var settings: [String: SettingValue] {
        if case .lora(let settings) = trainer { settings } else { [:] }
    }

    var isBuiltIn: Bool {
        if case .lora = trainer { true } else { false }
    }
}

/// Reads the key `trainer`, or W&B's `program` and `command`.
struct TrainerReader {
    private static let types = ["lora", "command"]
    private static let typesNotYet = ["peft", "trl", "llama-factory", "axolotl", "mlx-lm"]
    private static let commandKeysNotYet = ["memory_cap", "options", "base", "python", "setup", "early_stopping_patience"]

    let root: Section

    func trainer() throws(SpaceFileError) -> LocatedTrainer {
        guard let value = root["trainer"] else { return try sweep() }
        if let key = ["program", "command"].first(where: { root[$0] != nil }) {
            throw SpaceFileError(at: root.position(of: key), "'\(key)' beside a trainer; keep one of the two")
        }
        guard case .mapping(let entries) = value.content else {
            throw value.expected("the trainer as a mapping of its settings")
        }
        let type = entries.first { $0.key == "type" }?.value
        switch try type?.text() ?? "lora" {
        case "lora": return try builtIn(value)
        case "command":
            let section = try Section(
                value, named: "the trainer", allowed: ["type", "command", "program"], notYet: Self.commandKeysNotYet)
            _ = try section.required("command", "a list of words")
            return try command(section, at: value.position)
        case let other where Self.typesNotYet.contains(other):
            throw .notAvailable(
                "the trainer \(other)", at: type?.position ?? value.position,
                instead: "; for a program of your own write type: command")
        case "built-in":
            throw .notAvailable("the name built-in", at: type?.position ?? value.position, instead: "; write type: lora")
        case let other:
            throw .unknown("type", other, at: type?.position ?? value.position, allowed: Self.types)
        }
    }

    private func builtIn(_ value: LocatedValue) throws(SpaceFileError) -> LocatedTrainer {
        let section = try Section(
            value, named: "the trainer", allowed: TrainerSettings.names, passedOver: TrainerSettings.knownNames)
        let elsewhere = ["seed": "seed", "metric_for_best_model": "metric", "greater_is_better": "metric"]
        var settings: [String: SettingValue] = [:]
        var places: [String: Position] = [:]
        for key in section.keys {
            if let top = elsewhere[key] {
                throw SpaceFileError(
                    at: section.position(of: key), "the study decides '\(key)'; write '\(top)' at the top level")
            }
            settings[key] = section[key]?.value
            places[key] = section[key]?.position
        }
        return LocatedTrainer(trainer: .lora(settings), position: value.position, places: places)
    }

    /// A W&B sweep: without a command, W&B's own.
    private func sweep() throws(SpaceFileError) -> LocatedTrainer {
        guard root["program"] != nil || root["command"] != nil else {
            throw SpaceFileError(at: root.position, "the file lacks 'trainer' (or W&B's 'program' or 'command')")
        }
        return try command(root, at: root.position(of: root["command"] == nil ? "program" : "command"))
    }

    private func command(_ section: Section, at position: Position) throws(SpaceFileError) -> LocatedTrainer {
        let program = try section.text("program")
        var words = ["${env}", "${interpreter}", "${program}", "${args}"]
        var positions: [Position] = []
        if let list = section["command"] {
            words = []
            for element in try list.list(of: "words, such as [python3, train.py, \"${args}\"]") {
                words.append(try element.text())
                positions.append(element.position)
                try check(CommandWord(words[words.count - 1]), at: element.position, hasProgram: program != nil)
            }
            guard !words.isEmpty else { throw SpaceFileError(at: list.position, "an empty command") }
        }
        return LocatedTrainer(
            trainer: .command(words, program: program), position: position,
            command: LocatedCommand(
                words: words.map(CommandWord.init), positions: positions, program: program,
                programPosition: section["program"]?.position))
    }

    /// A word that is a macro as a whole must be a known one; another `${...}` inside a word is the program's own business.
    private func check(_ word: CommandWord, at position: Position, hasProgram: Bool) throws(SpaceFileError) {
        guard hasProgram || !word.macros.contains("program") else {
            throw SpaceFileError(at: position, "${program} without a 'program'")
        }
        guard let name = word.loneMacro, !name.hasPrefix(CommandWord.variable) else { return }
        let known = CommandWord.oneWord + CommandWord.severalWords.sorted()
        guard known.contains(name) else {
            throw .unknown("macro", name, at: position, allowed: known + ["envvar:NAME"])
        }
    }
}

/// A command with the places of its words.
struct LocatedCommand: Sendable {
    let words: [CommandWord]
    /// Of the words; none: the command is W&B's own, which the file does not give.
    let positions: [Position]
    let program: String?
    let programPosition: Position?

    func position(of index: Int) -> Position? { positions.indices.contains(index) ? positions[index] : programPosition }
}
