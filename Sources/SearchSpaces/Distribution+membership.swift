import Glibc
package import TrainerSettings

extension Distribution {
    /// Whether any of the values is a number.
    var hasNumbers: Bool {
        switch self {
        case .constant(let value): value.number != nil
        case .categorical(let values, _): values.contains { $0.number != nil }
        default: true
        }
    }

    /// The distribution's own form of a value, 4 for 4.0; nil where it has no such value.
    package func own(_ value: SettingValue) -> SettingValue? {
        switch self {
        case .constant(let only): return only == value || only.stored == value.stored ? only : nil
        case .categorical(let values, _):
            if let same = values.first(where: { $0 == value }) { return same }
            let stored = value.stored
            return values.first { $0.stored == stored }
        case .normal: return value.number.flatMap { $0.isFinite ? .double($0) : nil }
        case .logNormal: return value.number.flatMap { $0.isFinite && $0 > 0 ? .double($0) : nil }
        case .uniform(let low, let high), .logUniform(let low, let high):
            return value.number.flatMap { (low...high).contains($0) ? .double($0) : nil }
        case .intUniform, .intLogUniform, .quantizedUniform, .quantizedLogUniform:
            return index(of: value).map(self.value(at:))
        }
    }

    /// The value nearest to a number: among a list's numbers in proportion where all are above 0; nil where it has none.
    package func closest(to number: Double) -> SettingValue? {
        switch self {
        case .constant(let value): return value
        case .categorical(let values, _):
            let numbers = values.filter { $0.number != nil }
            let isProportional = number > 0 && numbers.allSatisfy { $0.number ?? 0 > 0 }
            func distance(_ value: SettingValue) -> Double {
                guard let other = value.number else { return .infinity }
                return isProportional ? abs(log(other) - log(number)) : abs(other - number)
            }
            return numbers.min { distance($0) < distance($1) }
        case .logNormal: return number > 0 ? .double(number) : nil
        default: return nearest(to: number)
        }
    }
}
