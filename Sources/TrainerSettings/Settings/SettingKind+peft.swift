// The kinds of PEFT's settings that other trainers have.

extension SettingKind<TrainerSettings.GradientCheckpointing> {
    static var flagOrAuto: SettingKind {
        let allowed = "true, false or auto"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                switch value {
                case .bool(true): return .on
                case .bool(false): return .off
                case .string("auto"): return .auto
                default: throw SettingMismatch(value, expected: allowed)
                }
            },
            write: { setting in
                switch setting {
                case .on: .bool(true)
                case .off: .bool(false)
                case .auto: .string("auto")
                }
            })
    }
}

extension SettingKind<[String]> {
    /// A list of names.
    static var names: SettingKind {
        let allowed = "a list of module names"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                guard case .array(let values) = value, values.allSatisfy({ $0.text != nil }) else {
                    throw SettingMismatch(value, expected: allowed)
                }
                return values.compactMap(\.text)
            }, write: { .array($0.map(SettingValue.string)) })
    }
}

extension SettingKind<SettingValue> {
    private static func checked(_ allowed: String, _ isOne: @escaping @Sendable (SettingValue) -> Bool) -> SettingKind {
        SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                guard isOne(value) else { throw SettingMismatch(value, expected: allowed) }
                return value
            }, write: { $0 })
    }

    static var namesOrPattern: SettingKind {
        checked("a list of module names or a regular expression") { value in
            guard case .array(let values) = value else { return value.text != nil }
            return values.allSatisfy { $0.text != nil }
        }
    }

    static var numbersByName: SettingKind {
        checked("numbers by the names of modules, such as {q_proj: 16}") { value in
            guard case .object(let values) = value else { return false }
            return values.values.allSatisfy { ($0.number ?? 0) > 0 }
        }
    }

    /// `init_lora_weights`: which words there are is PEFT's to say, and grows.
    static var start: SettingKind {
        checked("true, false, or a word of PEFT's such as gaussian, pissa, pissa_niter_16 or olora") { value in
            if case .bool = value { return true }
            return value.text.map { $0.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil } ?? false
        }
    }
}
