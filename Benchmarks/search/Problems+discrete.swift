import Glibc
import SearchSpaces
import TrainerSettings

extension Problem {
    /// Ackley's function in four dimensions, the fourth one of five places under names in no order.
    static let ackley4 = Problem(
        name: "ackley4",
        space: SearchSpace(
            (0..<3).map { Parameter(name: "x\($0)", distribution: .uniform(min: -5, max: 10)) } + [
                Parameter(
                    name: "place",
                    distribution: .categorical(["a", "b", "c", "d", "e"].map { .string($0) }, probabilities: nil))
            ]), least: 0
    ) { assignment in
        let places = ["a": 6.0, "b": -4, "c": 0, "d": 9, "e": 3]
        let x = (0..<3).map { assignment["x\($0)"]?.number ?? .nan } + [places[assignment["place"]?.text ?? ""] ?? .nan]
        let squares = x.reduce(0) { $0 + $1 * $1 } / 4
        let waves = x.reduce(0) { $0 + cos(2 * Double.pi * $1) } / 4
        return -20 * exp(-0.2 * squares.squareRoot()) - exp(waves) + 20 + exp(1.0)
    }

    /// Rosenbrock's function in four dimensions, the last two of whole numbers.
    static let rosenbrock = Problem(
        name: "rosenbrock",
        space: SearchSpace(
            (0..<2).map { Parameter(name: "x\($0)", distribution: .uniform(min: -5, max: 10)) }
                + (2..<4).map { Parameter(name: "x\($0)", distribution: .intUniform(min: -5, max: 10)) }), least: 0
    ) { assignment in
        let x = (0..<4).map { assignment["x\($0)"]?.number ?? .nan }
        return (0..<3).reduce(0) { sum, place in
            let (bend, slope) = (x[place + 1] - x[place] * x[place], 1 - x[place])
            return sum + 100 * bend * bend + slope * slope
        }
    }

    /// Parameters that are believed to lie about a mean; Optuna has no such ones.
    static let normal = Problem(
        name: "normal",
        space: SearchSpace([
            Parameter(name: "a", distribution: .normal(mu: 2, sigma: 0.5)),
            Parameter(name: "b", distribution: .logNormal(mu: -3, sigma: 1)),
            Parameter(name: "c", distribution: .normal(mu: 0, sigma: 1)),
        ]), least: 0
    ) { assignment in
        let a = ((assignment["a"]?.number ?? .nan) - 2.4) / 0.5
        let b = log(assignment["b"]?.number ?? .nan) + 3.8
        let c = (assignment["c"]?.number ?? .nan) - 1.5
        return a * a + b * b + c * c
    }
}
