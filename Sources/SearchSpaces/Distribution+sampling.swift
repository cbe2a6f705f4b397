import Glibc
package import TrainerSettings

extension Distribution {
    /// The value at a quantile.
    ///
    /// - Parameter quantile: from 0 to below 1; equal quantiles give equal values.
    package func value(atQuantile quantile: Double) -> SettingValue {
        switch self {
        case .constant(let value): return value
        case .categorical(let values, let probabilities):
            guard let probabilities else { return values[min(Int(quantile * Double(values.count)), values.count - 1)] }
            var rest = quantile
            for (value, probability) in zip(values, probabilities) {
                rest -= probability
                if rest < 0 { return value }
            }
            return values[probabilities.lastIndex { $0 > 0 } ?? values.count - 1]
        case .uniform(let low, let high): return .double(low + quantile * (high - low))
        case .logUniform(let low, let high):
            return .double(min(max(exp(log(low) + quantile * (log(high) - log(low))), low), high))
        case .normal(let mu, let sigma): return .double(mu + sigma * Self.standardNormal(atQuantile: quantile))
        case .logNormal(let mu, let sigma): return .double(exp(mu + sigma * Self.standardNormal(atQuantile: quantile)))
        case .intUniform, .quantizedUniform:
            let count = count ?? 1
            return value(at: min(Int(quantile * Double(count)), count - 1))
        case .intLogUniform, .quantizedLogUniform:
            guard let bounds, let step else { return value(at: 0) }
            let (low, high) = (max(bounds.lowerBound - step / 2, bounds.lowerBound / 2), bounds.upperBound + step / 2)
            return nearest(to: exp(log(low) + quantile * (log(high) - log(low))))
        }
    }

    /// The value nearest to a number, within the bounds and on the steps of a numeric distribution.
    package func nearest(to number: Double) -> SettingValue {
        guard let bounds else { return value(at: 0) }
        switch self {
        case .normal, .logNormal: return .double(number)
        default: break
        }
        guard let step, let count else { return .double(min(max(number, bounds.lowerBound), bounds.upperBound)) }
        let index = ((number - bounds.lowerBound) / step).rounded()
        return value(at: Int(min(max(index, 0), Double(count - 1))))
    }

    /// The standard normal's quantile function, by Newton steps on erfc from a logistic first guess.
    package static func standardNormal(atQuantile quantile: Double) -> Double {
        let p = min(max(quantile, 1e-15), 1 - 1e-15)
        var x = log(p / (1 - p)) / 1.702
        for _ in 0..<60 {
            let density = exp(-x * x / 2) / sqrt(2 * Double.pi)
            let move = (0.5 * erfc(-x / sqrt(2.0)) - p) / max(density, 1e-300)
            x -= min(max(move, -0.5), 0.5)
            if abs(move) < 1e-14 { break }
        }
        return x
    }
}

/// A small generator that gives the same numbers on every platform and version (SplitMix64; Steele et al., 2014).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for each of several numbers, a study's seed and a trial's number say.
    package init(_ numbers: Int...) {
        state = 0x9E37_79B9_7F4A_7C15
        for number in numbers {
            state ^= UInt64(bitPattern: Int64(number))
            state = next()
        }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform from 0 to below 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal (Box and Muller, 1958).
    package mutating func gaussian() -> Double {
        let radius = sqrt(-2 * log(1 - unit()))
        return radius * cos(2 * .pi * unit())
    }
}
