import Glibc
import SearchSpaces
import TrainerSettings

/// The axis on which a numeric parameter is modelled: logarithms for a logarithmic one, half a step wider at both ends
/// for a stepped one.
struct NumericScale: Sendable {
    let distribution: Distribution
    let low: Double
    let high: Double
    let isLogarithmic: Bool
    let step: Double?
    /// What is believed before anything was observed.
    let prior: TruncatedNormal

    /// nil for a parameter that is no number, or one number only.
    init?(_ distribution: Distribution) {
        guard let bounds = distribution.bounds, distribution.count != 1, bounds.lowerBound < bounds.upperBound else {
            return nil
        }
        self.distribution = distribution
        (isLogarithmic, step) = (distribution.isLogarithmic, distribution.step)
        let half = (step ?? 0) / 2
        let (first, last) = (bounds.lowerBound - half, bounds.upperBound + half)
        // A first step as wide as its distance from zero has no logarithm at its lower end.
        low = isLogarithmic ? log(max(first, bounds.lowerBound / 2)) : first
        high = isLogarithmic ? log(last) : last
        prior =
            switch distribution {
            case .normal(let mu, let sigma), .logNormal(let mu, let sigma):
                TruncatedNormal(mean: mu, sigma: sigma, low: low, high: high)
            default: TruncatedNormal(mean: (low + high) / 2, sigma: high - low, low: low, high: high)
            }
    }

    /// The coordinate that a place on the axis stands for.
    func coordinate(at place: Double) -> Double {
        let number = isLogarithmic ? exp(place) : place
        return distribution.nearest(to: number).number ?? number
    }

    /// The place of a coordinate on the axis.
    func place(of coordinate: Double) -> Double { isLogarithmic ? log(coordinate) : coordinate }

    /// The stretch of the axis that a stepped coordinate stands for.
    func stretch(of coordinate: Double, step: Double) -> (left: Double, right: Double) {
        let (left, right) = (coordinate - step / 2, coordinate + step / 2)
        return isLogarithmic ? (left > 0 ? log(left) : low, log(right)) : (left, right)
    }
}
