extension TrainerSettings {
    /// What the rows of a class count in the loss.
    package enum ClassWeights: Sendable, Hashable {
        /// rows / (classes x rows of the class), as scikit-learn has it.
        case balanced
        /// In the order of the classes' numbers.
        case numbered([Double])
        /// By label; a class that is not named counts 1.
        case named([String: Double])
    }
}

extension SettingKind<TrainerSettings.ClassWeights?> {
    static var classWeights: SettingKind {
        let allowed = "none, balanced, a list of numbers from 1e-06 to 1000000, or such numbers by label ({spam: 5})"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                func weight(_ value: SettingValue) throws(SettingMismatch) -> Double {
                    guard let number = value.number, (1e-6...1e6).contains(number) else {
                        throw SettingMismatch(value, expected: "a number from 1e-06 to 1000000")
                    }
                    return number
                }
                switch value {
                case .string("none"): return nil
                case .string("balanced"): return .balanced
                case .array(let values) where !values.isEmpty:
                    var weights: [Double] = []
                    for value in values { weights.append(try weight(value)) }
                    return .numbered(weights)
                case .object(let values) where !values.isEmpty:
                    var weights: [String: Double] = [:]
                    for (label, value) in values { weights[label] = try weight(value) }
                    return .named(weights)
                default: throw SettingMismatch(value, expected: allowed)
                }
            },
            write: { weights in
                switch weights {
                case nil: .string("none")
                case .balanced: .string("balanced")
                case .numbered(let weights): .array(weights.map(SettingValue.double))
                case .named(let weights): .object(weights.mapValues(SettingValue.double))
                }
            })
    }
}
