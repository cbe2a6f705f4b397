import Glibc
import SearchSpaces
import TrainerSettings

/// How far a training step moves the weights that an adapter adds, as one feature: it grows with the learning rate, with the scale
/// alpha / r, and with about the square root of the rank.
///
/// Where a space searches several of these, losses lie in a valley along which it is the same. A length scale for each parameter
/// alone cannot tell that; with this feature beside them the model can.
struct StepSize: Sendable {
    let feature: Int
    private let parts: [Part]
    /// The logarithms of the least and of the greatest step.
    private let bounds: ClosedRange<Double>

    struct Part: Sendable {
        let parameter: Int
        let power: Double
        /// By choice; nil: the coordinate is the number.
        let logarithms: [Double]?
        let bounds: ClosedRange<Double>
    }

    /// nil for a space that searches fewer than two of them, or has them on a condition or on an axis that is not logarithmic.
    init?(_ space: SearchSpace, feature: Int) {
        let names = Set(space.parameters.map(\.name))
        var parts: [Part] = []
        for (index, parameter) in space.parameters.enumerated() where parameter.distribution.count != 1 {
            guard let power = Self.power(of: parameter.name, besideAlpha: names.contains("lora_alpha")) else { continue }
            guard parameter.conditions.isEmpty, let part = Part(index, parameter.distribution, power: power) else { return nil }
            parts.append(part)
        }
        guard parts.count > 1 else { return nil }
        let low = parts.reduce(0) { $0 + $1.end(\.lowerBound, \.upperBound) }
        let high = parts.reduce(0) { $0 + $1.end(\.upperBound, \.lowerBound) }
        guard high > low else { return nil }
        (self.feature, self.parts, bounds) = (feature, parts, low...high)
    }

    private static func power(of name: String, besideAlpha: Bool) -> Double? {
        switch name {
        case "learning_rate", "lora_alpha", "alpha_over_r": 1
        case "r", "lora_r", "lora_rank": besideAlpha ? -0.5 : 0.5
        default: nil
        }
    }

    /// From 0 to 1.
    func value(at point: Point) -> Double {
        let logarithm = parts.reduce(0) { sum, part in
            let coordinate = point.coordinates[part.parameter]
            return sum + part.power * (part.logarithms.map { $0[Int(coordinate)] } ?? log(coordinate))
        }
        return (logarithm - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound)
    }

    /// By how much it grows as a number goes from the lower end of its axis to the upper; 0 for a parameter that it does not hang on.
    func slope(by parameter: Int) -> Double {
        guard let part = parts.first(where: { $0.parameter == parameter }) else { return 0 }
        return part.power * (part.bounds.upperBound - part.bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound)
    }
}

extension StepSize.Part {
    init?(_ parameter: Int, _ distribution: Distribution, power: Double) {
        (self.parameter, self.power) = (parameter, power)
        if case .categorical(let values, _) = distribution {
            let numbers = values.compactMap(\.number).filter { $0 > 0 }
            guard numbers.count == values.count, let least = numbers.min(), let greatest = numbers.max() else { return nil }
            (logarithms, bounds) = (numbers.map { log($0) }, log(least)...log(greatest))
            return
        }
        guard distribution.isLogarithmic, let scale = NumericScale(distribution) else { return nil }
        (logarithms, bounds) = (nil, scale.low...scale.high)
    }

    /// Its share of an end of the whole: where the power is negative, from its other end.
    func end(_ own: KeyPath<ClosedRange<Double>, Double>, _ other: KeyPath<ClosedRange<Double>, Double>) -> Double {
        power * bounds[keyPath: power > 0 ? own : other]
    }
}
