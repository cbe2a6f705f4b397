import SpaceFiles
import TrainerSettings

/// How a configuration's lists, booleans and nulls stand in `${args}`.
package struct CommandStyle: Sendable, Hashable {
    package var lists = Lists.json
    package var booleans = Booleans.value
    /// nil: as the macro has it.
    package var nulls: Nulls?

    package enum Lists: String, Sendable, CaseIterable {
        /// `--x=["a","b"]`
        case json
        /// `--x=a --x=b`
        case `repeat`
        /// `--x a b`
        case space
        /// `--x=a,b`
        case comma
    }

    package enum Booleans: String, Sendable, CaseIterable {
        /// `--x=True`
        case value
        /// `--x`, and nothing for false.
        case flag
        /// `--x`, and `--no-x` for false.
        case noPrefix = "no-prefix"
    }

    package enum Nulls: String, Sendable, CaseIterable {
        /// `--x=None`
        case value
        /// Nothing: the program has its own default.
        case omit
    }

    package init() {}

    static let keys = ["list_style", "bool_style", "null_style"]

    /// - Parameter root: the file's top level.
    init(_ root: Section) throws(SpaceFileError) {
        self.init()
        if let value = root["list_style"] { lists = try Self.choice(value, named: "list_style") }
        if let value = root["bool_style"] { booleans = try Self.choice(value, named: "bool_style") }
        if let value = root["null_style"] { nulls = try Self.choice(value, named: "null_style") }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: LocatedValue, named name: String
    ) throws(SpaceFileError) -> Choice {
        let text = try value.text()
        guard let choice = Choice(rawValue: text) else {
            throw .unknown(name, text, at: value.position, allowed: Choice.allCases.map(\.rawValue))
        }
        return choice
    }

    /// Among a trainer's settings; what is at its default is left out.
    var settings: [String: SettingValue] {
        var settings: [String: SettingValue] = [:]
        if lists != Self().lists { settings["list_style"] = .string(lists.rawValue) }
        if booleans != Self().booleans { settings["bool_style"] = .string(booleans.rawValue) }
        settings["null_style"] = nulls.map { .string($0.rawValue) }
        return settings
    }

    init(_ settings: [String: SettingValue]) {
        self.init()
        if let choice = settings["list_style"]?.text.flatMap(Lists.init) { lists = choice }
        if let choice = settings["bool_style"]?.text.flatMap(Booleans.init) { booleans = choice }
        nulls = settings["null_style"]?.text.flatMap(Nulls.init)
    }
}
