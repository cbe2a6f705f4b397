package import SearchSpaces
import TrainerSettings

/// Reads `confirm`: how the study's best are retrained with further seeds once all have run.
struct ConfirmationReader {
    let root: Section
    let space: SearchSpace

    func settings() throws(SpaceFileError) -> ConfirmationSettings? {
        guard let value = root["confirm"] else { return nil }
        let section = try Section(value, named: "confirm", allowed: ["top", "seeds", "baseline"])
        let settings = ConfirmationSettings(
            top: try count("top", in: section, 1...ConfirmationSettings.mostFinalists) ?? ConfirmationSettings.defaultTop,
            seeds: try count("seeds", in: section, ConfirmationSettings.fewestSeeds...ConfirmationSettings.mostSeeds)
                ?? ConfirmationSettings.defaultSeeds,
            baseline: try section["baseline"].map(baseline) ?? .plain)
        if let problem = settings.excess { throw SpaceFileError(at: value.position, "confirm: \(problem)") }
        return settings
    }

    private func count(_ key: String, in section: Section, _ range: ClosedRange<Int>) throws(SpaceFileError) -> Int? {
        guard let count = try section.count(key, atLeast: range.lowerBound), let value = section[key] else { return nil }
        guard count <= range.upperBound else { throw value.expected("a whole number of at most \(range.upperBound)") }
        return count
    }

    private func baseline(_ value: LocatedValue) throws(SpaceFileError) -> ConfirmationSettings.Baseline {
        if case .mapping(let entries) = value.content { return .configuration(try configuration(entries, in: value)) }
        switch value.value {
        case .string("default"): return .plain
        case .string("none"): return .none
        case .int(let number) where number >= 0: return .trial(number)
        case .string(let word): throw .unknown("baseline", word, at: value.position, allowed: ["default", "none"])
        default: throw value.expected("default, none, a trial's number, or a configuration such as {r: 8}")
        }
    }

    /// A value may lie outside of what is searched: a baseline is what others do.
    private func configuration(
        _ entries: [LocatedValue.Entry], in value: LocatedValue
    ) throws(SpaceFileError) -> Assignment {
        guard !entries.isEmpty else { throw value.expected("a configuration such as {r: 8, learning_rate: 1e-3}") }
        var assignment = Assignment([:])
        for entry in entries {
            guard let parameter = space[entry.key] else {
                throw .unknown("parameter", entry.key, at: entry.keyPosition, allowed: space.parameters.map(\.name))
            }
            guard let own = parameter.distribution.own(entry.value.value) ?? Self.other(entry.value.value, for: parameter)
            else {
                throw entry.value.expected("\(Self.kinds(of: parameter)) for \(entry.key)")
            }
            assignment[entry.key] = own
        }
        return assignment
    }

    /// A value that is not searched, where it is of the kind of those that are; nil: it is of none.
    private static func other(_ value: SettingValue, for parameter: Parameter) -> SettingValue? {
        switch parameter.distribution {
        case .constant(let only): return Kind(only) == Kind(value) ? value : nil
        case .categorical(let values, probabilities: _): return values.contains { Kind($0) == Kind(value) } ? value : nil
        case .intUniform, .intLogUniform:
            return value.number.flatMap { Int(exactly: $0) }.map(SettingValue.int)
        default: return value.number.flatMap { $0.isFinite ? .double($0) : nil }
        }
    }

    private static func kinds(of parameter: Parameter) -> String {
        switch parameter.distribution {
        case .constant(let only): "a value like \(only)"
        case .categorical(let values, probabilities: _):
            "a value like " + values.prefix(4).map { "\($0)" }.joined(separator: ", ")
        case .intUniform, .intLogUniform: "a whole number"
        default: "a number"
        }
    }

    private enum Kind {
        case null, bool, number, text, list, mapping

        init(_ value: SettingValue) {
            self =
                switch value {
                case .null: .null
                case .bool: .bool
                case .int, .double: .number
                case .string: .text
                case .array: .list
                case .object: .mapping
                }
        }
    }
}

extension ConfirmationSettings.Baseline {
    /// What `--baseline` says: default, none, a trial's number, or a configuration such as r=8,learning_rate=1e-3.
    package init(_ text: String, in space: SearchSpace) throws(SpaceFileError) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw SpaceFileError(
                at: nil,
                "--baseline: found nothing, expected default, none, a trial's number, or a configuration such as "
                    + "r=8,learning_rate=1e-3")
        }
        let yaml = text.contains("=") ? "{\(Self.flow(text))}" : text
        let document = try LocatedValue(yaml: "confirm: {baseline: \(yaml)}")
        let root = try Section(document, named: "--baseline", allowed: ["confirm"])
        do throws(SpaceFileError) {
            self = try ConfirmationReader(root: root, space: space).settings()?.baseline ?? .plain
        } catch {
            throw SpaceFileError(at: nil, "--baseline \(text): \(error.problem)")
        }
    }

    /// The pairs as YAML has them; a comma inside a list belongs to its value.
    private static func flow(_ text: String) -> String {
        var depth = 0
        var pairs = [""]
        for letter in text {
            if "[{".contains(letter) { depth += 1 } else if "]}".contains(letter) { depth -= 1 }
            if letter == ",", depth == 0 { pairs.append("") } else { pairs[pairs.count - 1].append(letter) }
        }
        return pairs.map { pair in
            guard let sign = pair.firstIndex(of: "=") else { return pair }
            return "\(pair[..<sign]): \(pair[pair.index(after: sign)...])"
        }.joined(separator: ", ")
    }
}
