import Glibc
package import TrainerSettings

/// How the values of one parameter are spread; the names are W&B's (`int_uniform`, `log_uniform_values`, ...).
package enum Distribution: Sendable, Hashable {
    case constant(SettingValue)
    /// Probabilities sum to 1; nil: all alike.
    case categorical([SettingValue], probabilities: [Double]?)
    case intUniform(min: Int, max: Int)
    case intLogUniform(min: Int, max: Int)
    case uniform(min: Double, max: Double)
    /// min + k q, up to max.
    case quantizedUniform(min: Double, max: Double, q: Double)
    case logUniform(min: Double, max: Double)
    case quantizedLogUniform(min: Double, max: Double, q: Double)
    case normal(mu: Double, sigma: Double)
    /// exp of a normal.
    case logNormal(mu: Double, sigma: Double)
}

extension Distribution {
    /// The distribution's name in a space file.
    package var name: String {
        switch self {
        case .constant: "constant"
        case .categorical: "categorical"
        case .intUniform: "int_uniform"
        case .intLogUniform: "int_log_uniform_values"
        case .uniform: "uniform"
        case .quantizedUniform: "q_uniform"
        case .logUniform: "log_uniform_values"
        case .quantizedLogUniform: "q_log_uniform_values"
        case .normal: "normal"
        case .logNormal: "log_normal"
        }
    }

    /// How many different values there are; nil where they cannot be counted.
    package var count: Int? {
        switch self {
        case .constant: 1
        case .categorical(let values, _): values.count
        case .intUniform(let min, let max), .intLogUniform(let min, let max): max - min + 1
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            Int(((max - min) / q + 1e-9).rounded(.down)) + 1
        case .uniform(let min, let max), .logUniform(let min, let max): min == max ? 1 : nil
        case .normal, .logNormal: nil
        }
    }

    /// The value numbered `index` of a distribution that can be counted.
    package func value(at index: Int) -> SettingValue {
        switch self {
        case .constant(let value): value
        case .categorical(let values, _): values[index]
        case .intUniform(let min, _), .intLogUniform(let min, _): .int(min + index)
        case .quantizedUniform(let min, _, let q), .quantizedLogUniform(let min, _, let q):
            Self.stepped(min, q, index)
        case .uniform(let min, _), .logUniform(let min, _): .double(min)
        case .normal(let mu, _), .logNormal(let mu, _): .double(mu)
        }
    }

    /// Whole steps from a whole start are whole numbers, as in W&B: a program that takes `--batch_size 48` refuses `48.0`.
    private static func stepped(_ min: Double, _ q: Double, _ index: Int) -> SettingValue {
        let value = tidy(min + Double(index) * q)
        guard min == min.rounded(), q == q.rounded(), let whole = Int(exactly: value) else { return .double(value) }
        return .int(whole)
    }

    /// The number of a value in ``value(at:)``'s order; nil where it is none of the values.
    package func index(of value: SettingValue) -> Int? {
        switch self {
        case .constant(let only): return only == value ? 0 : nil
        case .categorical(let values, _): return values.firstIndex(of: value)
        default:
            guard let count, let number = value.number, let first = self.value(at: 0).number else { return nil }
            guard let index = Int(exactly: ((number - first) / (step ?? 1)).rounded()) else { return nil }
            return (0..<count).contains(index) && self.value(at: index).number == number ? index : nil
        }
    }

    /// The distance between neighbors of a stepped numeric distribution.
    package var step: Double? {
        switch self {
        case .intUniform, .intLogUniform: 1
        case .quantizedUniform(_, _, let q), .quantizedLogUniform(_, _, let q): q
        default: nil
        }
    }

    /// Whether the values are better compared by their logarithms.
    package var isLogarithmic: Bool {
        switch self {
        case .intLogUniform, .logUniform, .quantizedLogUniform, .logNormal: true
        default: false
        }
    }

    /// The least and the greatest value of a numeric distribution (a normal's: four sigmas about the mean).
    package var bounds: ClosedRange<Double>? {
        switch self {
        case .constant, .categorical: nil
        case .intUniform(let min, let max), .intLogUniform(let min, let max): Double(min)...Double(max)
        case .uniform(let min, let max), .logUniform(let min, let max): min...max
        case .quantizedUniform(let min, _, _), .quantizedLogUniform(let min, _, _):
            min...(value(at: (count ?? 1) - 1).number ?? min)
        case .normal(let mu, let sigma): (mu - 4 * sigma)...(mu + 4 * sigma)
        case .logNormal(let mu, let sigma): exp(mu - 4 * sigma)...exp(mu + 4 * sigma)
        }
    }

    /// Sums of binary fractions show as 0.30000000000000004; twelve digits are what the user wrote.
    package static func tidy(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return value }
        let scale = pow(10, 12 - log10(abs(value)).rounded(.down))
        return scale.isFinite ? (value * scale).rounded() / scale : value
    }
}
