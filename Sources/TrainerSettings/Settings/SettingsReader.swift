/// Takes settings out of a dictionary one by one, so that what is left over is unknown.
struct SettingsReader {
    private var rest: [String: SettingValue]

    init(_ values: [String: SettingValue]) {
        rest = values.filter { $0.value != .null }
    }

    mutating func take(_ name: String) -> SettingValue? { rest.removeValue(forKey: name) }

    mutating func text(_ name: String) throws(TrainerSettingsError) -> String? {
        guard let value = rest.removeValue(forKey: name) else { return nil }
        guard case .string(let text) = value else { throw wrong(name, value, wanted: "a text") }
        return text
    }

    mutating func required(_ name: String) throws(TrainerSettingsError) -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw .init(setting: name, problem: "missing; the built-in trainer needs it")
        }
        return text
    }

    mutating func flag(_ name: String) throws(TrainerSettingsError) -> Bool? {
        guard let value = rest.removeValue(forKey: name) else { return nil }
        guard case .bool(let flag) = value else { throw wrong(name, value, wanted: "true or false") }
        return flag
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(TrainerSettingsError) -> Int? {
        guard let value = rest.removeValue(forKey: name) else { return nil }
        guard let integer = value.integer else { throw wrong(name, value, wanted: "a whole number") }
        guard range.contains(integer) else {
            let limits =
                range.upperBound == .max ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw wrong(name, value, wanted: "a whole number \(limits)")
        }
        return integer
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) throws(TrainerSettingsError) -> Double? {
        guard let value = rest.removeValue(forKey: name) else { return nil }
        guard let number = value.number else { throw wrong(name, value, wanted: "a number") }
        guard range.contains(number) else {
            throw wrong(
                name, value,
                wanted: "a number from \(SettingValue.short(range.lowerBound)) to \(SettingValue.short(range.upperBound))")
        }
        return number
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String
    ) throws(TrainerSettingsError) -> Choice? {
        guard let value = rest.removeValue(forKey: name) else { return nil }
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            throw wrong(name, value, wanted: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    mutating func targetModules() throws(TrainerSettingsError) -> TrainerSettings.TargetModules? {
        let name = "target_modules"
        switch rest.removeValue(forKey: name) {
        case nil: return nil
        case .string("all-linear"): return .allLinear
        case .string(let pattern): return .pattern(pattern)
        case .array(let values) where !values.isEmpty:
            var names: [String] = []
            for value in values {
                guard case .string(let text) = value else { throw wrong(name, value, wanted: "names of modules") }
                names.append(text)
            }
            return .names(names)
        case let value?: throw wrong(name, value, wanted: "all-linear, a list of module names or a regular expression")
        }
    }

    mutating func layers() throws(TrainerSettingsError) -> TrainerSettings.LayerSelection? {
        let name = "layers_to_transform"
        let wanted = "all, last-N or a list of layer numbers"
        guard let value = rest.removeValue(forKey: name) else { return nil }
        switch value {
        case .string("all"): return .all
        case .string(let text):
            guard text.hasPrefix("last-"), let count = Int(text.dropFirst(5)), count > 0 else {
                throw wrong(name, value, wanted: wanted)
            }
            return .last(count)
        case .int(let index) where index >= 0: return .indices([index])
        case .array(let values) where !values.isEmpty:
            let indices = values.compactMap(\.integer).filter { $0 >= 0 }
            guard indices.count == values.count else { throw wrong(name, value, wanted: wanted) }
            return .indices(Array(Set(indices)).sorted())
        default: throw wrong(name, value, wanted: wanted)
        }
    }

    /// A size, or none where it is off.
    mutating func size(_ name: String) throws(TrainerSettingsError) -> ByteCount?? {
        guard let value = rest.removeValue(forKey: name) else { return nil }
        switch value {
        case .string("off"), .bool(false), .int(0): return .some(nil)
        case .int(let bytes): if let size = ByteCount(String(bytes)) { return size }
        case .string(let text): if let size = ByteCount(text) { return size }
        default: break
        }
        throw wrong(name, value, wanted: "a size such as 512MiB or 2GB, or off")
    }

    /// What the contract names and this version does not do yet is refused, unless it is set to do nothing.
    mutating func refuseUnavailable() throws(TrainerSettingsError) {
        for (name, harmless) in TrainerSettings.notYetAvailable {
            guard let value = rest.removeValue(forKey: name), !harmless.contains(value) else { continue }
            throw .init(setting: name, problem: "\(value) is not available yet")
        }
    }

    func finish() throws(TrainerSettingsError) {
        guard let name = rest.keys.min() else { return }
        throw .init(setting: name, problem: "unknown setting" + nearestHint(to: name, among: TrainerSettings.names))
    }

    private func wrong(_ name: String, _ value: SettingValue, wanted: String) -> TrainerSettingsError {
        .init(setting: name, problem: "found \(value), expected \(wanted)")
    }
}
