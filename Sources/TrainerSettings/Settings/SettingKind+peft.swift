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

extension SettingKind<TrainerSettings.TargetModules?> {
    /// `exclude_modules`; nil for an empty list.
    static var excluded: SettingKind {
        let allowed = "a list of module names or a regular expression"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                switch value {
                case .string(let pattern): return .pattern(pattern)
                case .array(let values) where values.allSatisfy { $0.text != nil }:
                    return values.isEmpty ? nil : .names(values.compactMap(\.text))
                default: throw SettingMismatch(value, expected: allowed)
                }
            }, write: { $0?.value ?? .array([]) })
    }
}

extension SettingKind<TrainerSettings.TargetModules> {
    /// `feedforward_modules`: an empty list is another thing than none.
    static var feedForward: SettingKind {
        let names = SettingKind<TrainerSettings.TargetModules?>.excluded
        return SettingKind(
            allowed: names.allowed, read: { (value) throws(SettingMismatch) in try names.read(value) ?? .names([]) },
            write: \.value)
    }
}

/// `rank_pattern` and `alpha_pattern`.
private func byName<Number: Sendable>(
    _ number: @escaping @Sendable (SettingValue) -> Number?, write: @escaping @Sendable (Number) -> SettingValue
) -> SettingKind<[String: Number]> {
    let allowed = "numbers by the names of modules, such as {q_proj: 16}"
    return SettingKind(
        allowed: allowed,
        read: { (value) throws(SettingMismatch) in
            guard case .object(let values) = value else { throw SettingMismatch(value, expected: allowed) }
            let numbers = values.compactMapValues(number)
            guard numbers.count == values.count else { throw SettingMismatch(value, expected: allowed) }
            return numbers
        }, write: { .object($0.mapValues(write)) })
}

extension SettingKind<[String: Int]> {
    static var ranks: SettingKind {
        byName({ $0.integer.flatMap { (1...65536).contains($0) ? $0 : nil } }, write: SettingValue.int)
    }
}

extension SettingKind<[String: Double]> {
    static var alphas: SettingKind {
        byName({ $0.number.flatMap { $0 > 0 && $0 <= 1e9 ? $0 : nil } }, write: SettingValue.double)
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

    /// `init_lora_weights` of other trainers: which words there are is PEFT's to say, and grows.
    static var foreignStart: SettingKind {
        checked("true, false, or a word of PEFT's such as gaussian, pissa, pissa_niter_16 or olora") { value in
            if case .bool = value { return true }
            return value.text.map { $0.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil } ?? false
        }
    }
}

extension SettingKind<TrainerSettings.AdapterStart> {
    static var start: SettingKind {
        let allowed = "true, false, gaussian, orthogonal, olora, eva, pissa or pissa_niter_N"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                switch value {
                case .bool(true): return .usual
                case .bool(false): return .random
                case .string("gaussian"): return .gaussian
                case .string("orthogonal"): return .orthogonal
                case .string("olora"): return .olora
                case .string("eva"): return .eva
                case .string("pissa"): return .pissa(rounds: nil)
                case .string(let word):
                    if ["corda", "loftq", "lora_ga", "mica"].contains(word) {
                        throw SettingMismatch("\(word) is not available yet; expected \(allowed)")
                    }
                    guard word.hasPrefix(Self.rounds), let rounds = Int(word.dropFirst(Self.rounds.count)),
                        (0...1000).contains(rounds), "\(Self.rounds)\(rounds)" == word
                    else { throw SettingMismatch(value, expected: allowed) }
                    return .pissa(rounds: rounds)
                default: throw SettingMismatch(value, expected: allowed)
                }
            },
            write: { start in
                switch start {
                case .usual: .bool(true)
                case .random: .bool(false)
                case .gaussian: .string("gaussian")
                case .orthogonal: .string("orthogonal")
                case .olora: .string("olora")
                case .eva: .string("eva")
                case .pissa(nil): .string("pissa")
                case .pissa(let rounds?): .string("\(Self.rounds)\(rounds)")
                }
            })
    }

    private static let rounds = "pissa_niter_"
}

extension TrainerSettings.AdapterStart {
    package var value: SettingValue { SettingKind<Self>.start.write(self) }
}
