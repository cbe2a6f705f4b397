import Glibc
import SearchSpaces
import TrainerSettings

/// The axis on which a numeric parameter is modeled: logarithms for a logarithmic one, half a step wider at both ends
/// for a stepped one.
///
/// A normal one is modeled by its quantiles, where it is uniform too. On its own axis it would have thin tails: few
/// trials fall there, so that they would always look more promising than the middle.
struct NumericScale: Sendable {
    private let distribution: Distribution
    private let axis: Axis
    let low: Double
    let high: Double
    let step: Double?
    /// What is believed before anything was observed.
    let prior: TruncatedNormal

    private enum Axis {
        case linear, logarithmic
        case quantiles(mu: Double, sigma: Double, isLogarithmic: Bool)
    }

    /// nil for a parameter that is no number, or one number only.
    init?(_ distribution: Distribution) {
        guard let bounds = distribution.bounds, distribution.count != 1, bounds.lowerBound < bounds.upperBound else {
            return nil
        }
        self.distribution = distribution
        step = distribution.step
        let half = (step ?? 0) / 2
        let (first, last) = (bounds.lowerBound - half, bounds.upperBound + half)
        switch distribution {
        case .normal(let mu, let sigma):
            (axis, low, high) = (.quantiles(mu: mu, sigma: sigma, isLogarithmic: false), 0, 1)
        case .logNormal(let mu, let sigma):
            (axis, low, high) = (.quantiles(mu: mu, sigma: sigma, isLogarithmic: true), 0, 1)
        case _ where distribution.isLogarithmic:
            // A first step as wide as its distance from zero has no logarithm at its lower end.
            (axis, low, high) = (.logarithmic, log(max(first, bounds.lowerBound / 2)), log(last))
        default:
            (axis, low, high) = (.linear, first, last)
        }
        prior = TruncatedNormal(mean: (low + high) / 2, sigma: high - low, low: low, high: high)
    }

    /// The coordinate that a place on the axis stands for.
    func coordinate(at place: Double) -> Double {
        let number =
            switch axis {
            case .linear: place
            case .logarithmic: exp(place)
            case .quantiles: distribution.value(atQuantile: place).number ?? place
            }
        return distribution.nearest(to: number).number ?? number
    }

    /// The place of a coordinate on the axis, within its bounds.
    func place(of coordinate: Double) -> Double {
        let place =
            switch axis {
            case .linear: coordinate
            case .logarithmic: log(coordinate)
            case .quantiles(let mu, let sigma, let isLogarithmic):
                0.5 * erfc((mu - (isLogarithmic ? log(coordinate) : coordinate)) / sigma * 0.5.squareRoot())
            }
        return min(max(place, low), high)
    }

    /// The stretch of the axis that a stepped coordinate stands for.
    func stretch(of coordinate: Double, step: Double) -> (left: Double, right: Double) {
        let (left, right) = (coordinate - step / 2, coordinate + step / 2)
        guard case .logarithmic = axis else { return (left, right) }
        return (left > 0 ? max(log(left), low) : low, log(right))
    }
}
