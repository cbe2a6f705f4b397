import SearchSpaces
import SpaceFiles
import TrainerSettings

/// Refuses what is too long to be a word of a command: the system starts no program with it.
struct WordLengths {
    private let command: LocatedCommand
    private let style: CommandStyle

    /// In bytes; Linux's, whatever its limit of all words together is.
    private static let longest = 131_071

    init(_ command: LocatedCommand, _ style: CommandStyle) {
        (self.command, self.style) = (command, style)
    }

    func check(_ parameters: [LocatedParameter]) throws(SpaceFileError) {
        for (index, word) in command.words.enumerated() where word.text.utf8.count > Self.longest {
            throw Self.refusal(
                "this word", of: word.text.utf8.count, at: command.position(of: index) ?? .init(line: 1, column: 1))
        }
        guard
            command.words.contains(where: {
                !CommandWord.parameters.isDisjoint(with: $0.macros.filter { $0 != "args_json_file" })
            })
        else { return }
        for parameter in parameters {
            for (value, position) in parameter.samples {
                let length = length(of: value) + parameter.name.utf8.count + "--=".utf8.count
                guard length > Self.longest else { continue }
                throw Self.refusal("with this value, the word for '\(parameter.name)'", of: length, at: position)
            }
        }
    }

    private static func refusal(_ what: String, of length: Int, at position: Position) -> SpaceFileError {
        SpaceFileError(
            at: position,
            "\(what) has \(length) bytes, and the system takes at most \(longest) in one word; write it to a file and give the file's name, "
                + "or pass the parameters by ${args_json_file}")
    }

    /// About: lists stand as JSON, or each element by itself.
    private func length(of value: SettingValue) -> Int {
        switch value {
        case .string(let text): return text.utf8.count
        case .array(let values) where style.lists == .repeat || style.lists == .space: return values.map(length).max() ?? 0
        case .array(let values): return values.reduce(2) { $0 + length(of: $1) + (style.lists == .json ? 3 : 1) }
        case .object(let values): return values.reduce(2) { $0 + $1.key.utf8.count + length(of: $1.value) + 6 }
        default: return "\(value)".utf8.count
        }
    }
}
