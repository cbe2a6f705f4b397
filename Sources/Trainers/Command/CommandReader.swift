import SearchSpaces
import SpaceFiles

/// Reads a section of `type: command`, or W&B's `program` and `command` at the top level.
struct CommandReader {
    private static let notYet = ["memory_cap", "options", "base", "python", "setup"]

    let section: TrainerSection

    func trainer() throws(SpaceFileError) -> LocatedTrainer {
        let root = section.root
        guard let value = section.value else {
            return try command(root, at: root.position(of: root["command"] == nil ? "program" : "command"))
        }
        let own = try Section(value, named: "the trainer", allowed: ["type", "command", "program"], notYet: Self.notYet)
        _ = try own.required("command", "a list of words")
        return try command(own, at: value.position)
    }

    private func command(_ keys: Section, at position: Position) throws(SpaceFileError) -> LocatedTrainer {
        let program = try keys.text("program")
        // Without a command, W&B's own.
        var words = ["${env}", "${interpreter}", "${program}", "${args}"]
        var places: [String: Position] = [:]
        places[LocatedCommand.programPlace] = keys["program"]?.position
        if let list = keys["command"] {
            words = []
            for element in try list.list(of: "words, such as [python3, train.py, \"${args}\"]") {
                places[LocatedCommand.place(of: words.count)] = element.position
                words.append(try element.text())
                try check(CommandWord(words[words.count - 1]), at: element.position, hasProgram: program != nil)
            }
            guard !words.isEmpty else { throw SpaceFileError(at: list.position, "an empty command") }
        }
        let style = try CommandStyle(section.root)
        let wandb: WandB? = try section.root[WandB.key].map { value throws(SpaceFileError) in
            try CommandStyle.choice(value, named: WandB.key)
        }
        return LocatedTrainer(
            .command(words, program: program, style: style, wandb: wandb), position: position, places: places)
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
