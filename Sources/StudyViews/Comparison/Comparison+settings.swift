import SearchSpaces
import TrainerSettings

extension Comparison {
    /// What both sides were given, as people read it.
    struct Setting {
        enum Kind { case searched, model, data, fixed }

        let name: String
        let kind: Kind
        /// nil: it was not given, or is not known.
        let a: String?
        let b: String?
        let differs: Bool
    }

    /// What was searched on either side, and what else is not the same.
    var settings: [Setting] {
        let searched = Set(a.parameters.keys).union(b.parameters.keys)
        let given = Set(a.training.settings.keys).union(b.training.settings.keys).subtracting(searched).sorted()
        return searched.sorted().map(setting)
            + ([model].compactMap(\.self) + data + given.map(setting)).filter(\.differs)
    }

    private func setting(_ name: String) -> Setting {
        let (one, other) = (a.setting(name), b.setting(name))
        // In one study a parameter may hang on another, so that only one of two trials has it.
        let sides = [a, b].count { $0.parameters[name] != nil }
        let isSearched = sides == 2 || sides == 1 && a.study != nil && a.study == b.study
        var differs = (one != nil || other != nil) && a.training.isWhole && b.training.isWhole
        if let one, let other { differs = !one.isSame(as: other) }
        return Setting(
            name: name, kind: isSearched ? .searched : .fixed, a: one?.description, b: other?.description,
            differs: differs)
    }

    private var model: Setting? {
        guard let one = a.training.model, let other = b.training.model else { return nil }
        return Setting(name: "model", kind: .model, a: one, b: other, differs: Self.areApart(one, other))
    }

    /// Relative to different folders one file has several names.
    private static func areApart(_ one: String, _ other: String) -> Bool {
        let areWhole = one.hasPrefix("/") && other.hasPrefix("/")
        return areWhole ? one != other : one.split(separator: "/").last != other.split(separator: "/").last
    }

    private var data: [Setting] {
        ["train", "validation", "test"].compactMap { part in
            guard let one = a.training.data[part], let other = b.training.data[part] else { return nil }
            let areKnown = one.digest != nil && other.digest != nil
            return Setting(
                name: part, kind: .data, a: one.short, b: other.short,
                differs: areKnown ? one.digest != other.digest : Self.areApart(one.path, other.path))
        }
    }

    /// What is to be known before a value is called better.
    var warnings: [String] {
        let differing = settings.filter(\.differs)
        var warnings: [String] = []
        let parts = differing.filter { $0.kind == .data }.map(\.name)
        if !parts.isEmpty {
            warnings.append(
                "warning: their data are not the same (\(parts.joined(separator: ", "))): values of other rows tell little of which is better"
            )
        }
        let others = differing.filter { ($0.kind == .fixed || $0.kind == .model) && $0.name != "seed" }.map(\.name)
        if !others.isEmpty {
            warnings.append(
                "warning: they differ in more than what was searched on both sides (\(others.joined(separator: ", "))): what is better may be "
                    + "so for that alone")
        }
        return warnings
    }
}

extension DataFact {
    /// "train.jsonl 3fa2c81b"
    fileprivate var short: String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return ([name] + [digest.map { String($0.prefix(8)) }].compactMap(\.self)).joined(separator: " ")
    }
}

extension SettingValue {
    /// Whether both say the same: 32 and 32.0 do.
    fileprivate func isSame(as other: SettingValue) -> Bool {
        if let one = number, let other = other.number { return one == other }
        if case .array(let one) = self, case .array(let other) = other {
            return one.count == other.count && zip(one, other).allSatisfy { $0.isSame(as: $1) }
        }
        return self == other
    }
}
