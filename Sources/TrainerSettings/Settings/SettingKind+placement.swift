extension SettingKind<TrainerSettings.TargetModules> {
    static var modules: SettingKind {
        let allowed = "all-linear, a list of module names or a regular expression"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                switch value {
                case .string("all-linear"): return .allLinear
                case .string(let pattern): return .pattern(pattern)
                case .array(let values) where !values.isEmpty:
                    if let other = values.first(where: { $0.text == nil }) {
                        throw SettingMismatch(other, expected: "names of modules")
                    }
                    return .names(values.compactMap(\.text))
                default: throw SettingMismatch(value, expected: allowed)
                }
            }, write: \.value)
    }
}

extension SettingKind<TrainerSettings.LayerSelection> {
    static var layers: SettingKind {
        let allowed = "all, last-N or a list of layer numbers"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                switch value {
                case .string("all"): return .all
                case .string(let text):
                    guard text.hasPrefix("last-"), let count = Int(text.dropFirst(5)), count > 0 else { break }
                    return .last(count)
                case .int(let index) where index >= 0: return .indices([index])
                case .array(let values) where !values.isEmpty:
                    let indices = values.compactMap(\.integer).filter { $0 >= 0 }
                    guard indices.count == values.count else { break }
                    return .indices(Array(Set(indices)).sorted())
                default: break
                }
                throw SettingMismatch(value, expected: allowed)
            }, write: \.value)
    }
}

extension TrainerSettings.TargetModules {
    package var value: SettingValue {
        switch self {
        case .allLinear: .string("all-linear")
        case .names(let names): .array(names.map(SettingValue.string))
        case .pattern(let pattern): .string(pattern)
        }
    }
}

extension TrainerSettings.LayerSelection {
    package var value: SettingValue {
        switch self {
        case .all: .string("all")
        case .last(let count): .string("last-\(count)")
        case .indices(let indices): .array(indices.map(SettingValue.int))
        }
    }
}
