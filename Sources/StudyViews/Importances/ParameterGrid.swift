import Glibc
import SearchSpaces
import TrainerSettings

/// The places of a parameter's values on a grid: its choices, its whole numbers where they are few, else fifty from end to end, by the
/// logarithm where the space has that.
struct ParameterGrid: Sendable {
    static let most = 50

    let name: String
    let count: Int
    let isCategorical: Bool
    private let distribution: Distribution

    /// nil: it has one value alone, which tells nothing.
    init?(_ parameter: Parameter) {
        (name, distribution) = (parameter.name, parameter.distribution)
        guard distribution.count != 1 else { return nil }
        switch distribution {
        case .constant: return nil
        case .categorical(let values, _): (count, isCategorical) = (values.count, true)
        case .intLogUniform(let min, let max):
            // A grid as fine as the halvings of its range.
            let halvings = Int(log2(Double(max - min + 1)).rounded(.up)) + 1
            (count, isCategorical) = (Swift.min(halvings, Self.most), false)
        default: (count, isCategorical) = (Swift.min(distribution.count ?? Self.most, Self.most), false)
        }
    }

    /// nil for what is no value of the parameter.
    func place(of value: SettingValue) -> Int? {
        if isCategorical { return distribution.index(of: value) }
        guard let number = value.number, let bounds = distribution.bounds, number.isFinite else { return nil }
        let isLogarithmic = distribution.isLogarithmic
        guard !isLogarithmic || number > 0 else { return nil }
        let scale = { (x: Double) in isLogarithmic ? log(x) : x }
        let (low, high) = (scale(bounds.lowerBound), scale(bounds.upperBound))
        guard high > low else { return nil }
        // Halfway between two belongs to the lower.
        let place = ((scale(number) - low) / ((high - low) / Double(count - 1)) - 0.5).rounded(.up)
        return Int(min(max(place, 0), Double(count - 1)))
    }
}
