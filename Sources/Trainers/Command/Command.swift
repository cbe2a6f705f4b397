package import SearchSpaces
import SpaceFiles
import TrainerSettings

/// A trainer's command as a study has it, its macros not yet filled in.
struct Command: Sendable, Hashable {
    let words: [String]
    /// What `${program}` stands for.
    let program: String?
    let style: CommandStyle

    init(_ trainer: TrainerSpecification) {
        if case .array(let words)? = trainer.settings["command"] { self.words = words.compactMap(\.text) } else { words = [] }
        program = trainer.settings["program"]?.text
        style = CommandStyle(trainer.settings)
    }
}

extension TrainerSpecification {
    /// Any program: its words, macros such as `${args}` not yet filled in; `program` is what `${program}` stands for.
    package static func command(
        _ words: [String], program: String? = nil, style: CommandStyle = CommandStyle(), wandb: WandB? = nil
    ) -> TrainerSpecification {
        var settings = style.settings
        settings[WandB.key] = wandb.map { .string($0.rawValue) }
        settings["command"] = .array(words.map(SettingValue.string))
        settings["program"] = program.map(SettingValue.string)
        var traits = TrainerTraits()
        traits.title = (words + (program.map { ["(program \($0))"] } ?? [])).joined(separator: " ")
        traits.pace = ["command", "program"]
        return TrainerSpecification(type: "command", settings: settings, traits: traits)
    }
}

/// A command with the places of its words.
struct LocatedCommand {
    let words: [CommandWord]
    let program: String?
    private let place: (String) -> Position?

    /// - Parameter place: where the file has a setting.
    init(_ trainer: TrainerSpecification, at place: @escaping (String) -> Position?) {
        let command = Command(trainer)
        (words, program, self.place) = (command.words.map(CommandWord.init), command.program, place)
    }

    var programPosition: Position? { place(Self.programPlace) }

    /// Of a word; where the command is W&B's own, which the file does not give, of the program.
    func position(of index: Int) -> Position? { place(Self.place(of: index)) ?? programPosition }

    /// Names of places that no setting and no parameter has.
    static let programPlace = "command[program]"
    static func place(of index: Int) -> String { "command[\(index)]" }
}
