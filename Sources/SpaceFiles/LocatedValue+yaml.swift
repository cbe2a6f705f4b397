import SearchSpaces
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
        var reader = NodeReader(textLength: text.utf8.count)
        self = try reader.value(of: node, depth: 0)
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
