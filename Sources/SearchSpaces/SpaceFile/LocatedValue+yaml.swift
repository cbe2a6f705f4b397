import TrainerSettings
import Yams

extension LocatedValue {
    /// The single document of a YAML text.
    init(yaml text: String) throws(SpaceFileError) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch let error as YamlError {
            throw SpaceFileError(error, in: text)
        } catch {
            throw SpaceFileError(at: .init(line: 1, column: 1), "not YAML: \(error)")
        }
        guard let node else { throw SpaceFileError(at: .init(line: 1, column: 1), "the file is empty") }
        // Each value takes a byte or so; aliases of aliases can stand for any number of values.
        var room = 1000 + 2 * text.utf8.count
        try self.init(node, room: &room)
    }

    /// - Parameter room: how many values there may still be.
    private init(_ node: Node, room: inout Int) throws(SpaceFileError) {
        position = Position(node)
        room -= 1
        guard room > 0 else {
            throw SpaceFileError(at: position, "too many aliases: the file stands for far more than it says")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            let tag = scalar.tag.description
            let isNumber = [Tag.Name.int, .float].contains { $0.rawValue == tag }
            let isText = tag == Tag.Name.str.rawValue || !isPlain && !isNumber
            content = .scalar(isText ? .string(scalar.string) : YAMLScalar.value(of: scalar.string), text: scalar.string)
        case .sequence(let sequence):
            var elements: [LocatedValue] = []
            for element in sequence { elements.append(try LocatedValue(element, room: &room)) }
            content = .sequence(elements)
        case .mapping(let mapping):
            var entries: [Entry] = []
            var names: Set<String> = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw SpaceFileError(at: Position(key), "found a list or mapping as a key, expected a name")
                }
                guard names.insert(name.string).inserted else {
                    throw SpaceFileError.duplicate(name.string, at: Position(key))
                }
                entries.append(Entry(key: name.string, keyPosition: Position(key), value: try LocatedValue(value, room: &room)))
            }
            content = .mapping(entries)
        case .alias: throw SpaceFileError(at: position, "found an alias to nothing")
        }
    }
}

extension Position {
    init(_ node: Node) {
        self = node.mark.map(Position.init) ?? .init(line: 1, column: 1)
    }

    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

extension SpaceFileError {
    static func duplicate(_ key: String, at position: Position) -> SpaceFileError {
        .init(at: position, "'\(key)' is given more than once; keep one")
    }

    init(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(at: Position(mark), "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            self = .duplicate(keys.first ?? "", at: Position(context.mark))
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0).split(separator: "\n", omittingEmptySubsequences: false)
            let column = (before.last?.unicodeScalars.count ?? 0) + 1
            self.init(at: .init(line: max(before.count, 1), column: column), "not YAML: \(problem)")
        default: self.init(at: .init(line: 1, column: 1), "not YAML: \(error)")
        }
    }
}

/// Plain scalars by YAML 1.2's core schema, but `1e-5` and `1_000` are numbers too.
enum YAMLScalar {
    static func value(of text: String) -> SettingValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        default: return YAMLNumber.value(of: text) ?? .string(text)
        }
    }
}
