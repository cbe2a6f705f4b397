import SearchSpaces
import TrainerSettings

/// A runner as a command line has it: its type, and then keys with their values, as a space file's section has them.
struct RunnerWords {
    private let words: [String]

    init(_ words: [String]) { self.words = words }

    /// - Throws: errors that tell the word.
    func request() throws(SpaceFileError) -> (devices: DeviceRequest, cluster: SlurmRequest?) {
        do throws(SpaceFileError) {
            return try RunnerReader(value: section()).request()
        } catch {
            let word = error.position.flatMap { words.indices.contains($0.line) ? words[$0.line] : nil }
            throw SpaceFileError(at: nil, (word.map { "'\($0)': " } ?? "") + error.problem).inFile("--runner")
        }
    }

    /// The section that they stand for; each value stands in the line of its word's index.
    private func section() throws(SpaceFileError) -> LocatedValue {
        var values: [(key: String, values: [LocatedValue])] = []
        for (index, word) in words.enumerated() {
            let position = Position(line: index, column: 1)
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard index > 0 else {
                values.append(("type", [Self.value(word, at: position)]))
                continue
            }
            guard parts.count == 2, !parts[0].isEmpty else {
                throw SpaceFileError(
                    at: position,
                    "expected key=value, such as partition=gpu; what is no part of the runner stands before --runner")
            }
            if let known = values.firstIndex(where: { $0.key == parts[0] }) {
                guard Self.lists.contains(parts[0]) else { throw .duplicate(parts[0], at: position) }
                values[known].values.append(Self.value(parts[1], at: position))
            } else {
                values.append((parts[0], [Self.value(parts[1], at: position)]))
            }
        }
        let entries = values.map { key, values in
            let position = values[0].position
            let value = Self.lists.contains(key) ? LocatedValue(position: position, content: .sequence(values)) : values[0]
            return LocatedValue.Entry(key: key, keyPosition: position, value: value)
        }
        return LocatedValue(position: Position(line: 0, column: 1), content: .mapping(entries))
    }

    /// Keys that may come several times.
    private static let lists: Set = ["options", "setup"]

    private static func value(_ text: String, at position: Position) -> LocatedValue {
        let value: SettingValue =
            switch text {
            case "true": .bool(true)
            case "false": .bool(false)
            default: Int(text).map(SettingValue.int) ?? Double(text).map(SettingValue.double) ?? .string(text)
            }
        return LocatedValue(position: position, content: .scalar(value, text: text))
    }
}
