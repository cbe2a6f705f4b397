import Glibc
import SearchSpaces
import TrainerSettings

/// Something cheap to minimize, with its least value. problems.py has the same ones.
struct Problem: Sendable {
    let name: String
    let space: SearchSpace
    let least: Double
    let value: @Sendable (Assignment) -> Double

    static let all = [branin, hartmann6, ackley4, rosenbrock, conditional, lora, normal]

    static let branin = Problem(
        name: "branin",
        space: SearchSpace([
            Parameter(name: "x", distribution: .uniform(min: -5, max: 10)),
            Parameter(name: "y", distribution: .uniform(min: 0, max: 15)),
        ]), least: 0.397887
    ) { assignment in
        let (x, y) = (assignment["x"]?.number ?? .nan, assignment["y"]?.number ?? .nan)
        let bend = y - 5.1 / (4 * Double.pi * Double.pi) * x * x + 5 / Double.pi * x - 6
        return bend * bend + 10 * (1 - 1 / (8 * Double.pi)) * cos(x) + 10
    }

    static let hartmann6 = Problem(
        name: "hartmann6",
        space: SearchSpace((0..<6).map { Parameter(name: "x\($0)", distribution: .uniform(min: 0, max: 1)) }),
        least: -3.32237
    ) { assignment in
        let terms = hartmann6Terms((0..<6).map { assignment["x\($0)"]?.number ?? .nan })
        return -zip([1, 1.2, 3, 3.2], terms).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Hartmann's four bumps, without their heights.
    static func hartmann6Terms(_ x: [Double]) -> [Double] {
        let a: [[Double]] = [
            [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
        ]
        let p: [[Double]] = [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ]
        return zip(a, p).map { widths, places in
            var exponent = 0.0
            for place in 0..<6 {
                let distance = x[place] - places[place]
                exponent += widths[place] * distance * distance
            }
            return exp(-exponent)
        }
    }

    /// The six parameters of a LoRA search, the rate's best place moving with rank and alpha.
    static let lora = Problem(
        name: "lora",
        space: SearchSpace([
            Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-2)),
            Parameter(name: "r", distribution: .categorical([2, 4, 8, 16, 32, 64].map { .int($0) }, probabilities: nil)),
            Parameter(name: "alpha_over_r", distribution: .logUniform(min: 0.25, max: 8)),
            Parameter(name: "lora_dropout", distribution: .uniform(min: 0, max: 0.2)),
            Parameter(
                name: "target_modules",
                distribution: .categorical(["q,v", "q,k,v", "q,k,v,o", "mlp", "all"].map { .string($0) }, probabilities: nil)),
            Parameter(name: "layers", distribution: .intUniform(min: 1, max: 6)),
        ]), least: 0
    ) { assignment in
        func number(_ name: String) -> Double { assignment[name]?.number ?? .nan }
        let (rate, scale, rank) = (log10(number("learning_rate")), log2(number("alpha_over_r")), log2(number("r")))
        let targets = ["q,v": 0.2, "q,k,v": 0.15, "q,k,v,o": 0.1, "mlp": 0.05, "all": 0]
        let target = targets[assignment["target_modules"]?.text ?? ""] ?? .nan
        let best = -3.2 - 0.15 * (scale - 1)
        return (rate - best) * (rate - best) + 0.02 * (rank - 4) * (rank - 4) + 0.05 * (scale - 1) * (scale - 1)
            + number("lora_dropout") * 0.2 + target + 0.05 * (6 - number("layers"))
    }

    /// Two branches with parameters of their own.
    static let conditional = Problem(
        name: "conditional",
        space: SearchSpace([
            Parameter(name: "kind", distribution: .categorical(["a", "b", "c"].map { .string($0) }, probabilities: nil)),
            Parameter(
                name: "a1", distribution: .uniform(min: -5, max: 5),
                condition: .init(parameter: "kind", values: [.string("a")])),
            Parameter(
                name: "a2", distribution: .uniform(min: -5, max: 5),
                condition: .init(parameter: "kind", values: [.string("a")])),
            Parameter(
                name: "b1", distribution: .logUniform(min: 1e-4, max: 1),
                condition: .init(parameter: "kind", values: [.string("b")])),
            Parameter(
                name: "b2", distribution: .intUniform(min: 1, max: 20),
                condition: .init(parameter: "kind", values: [.string("b")])),
            Parameter(name: "common", distribution: .uniform(min: 0, max: 1)),
        ]), least: 0
    ) { assignment in
        func number(_ name: String) -> Double { assignment[name]?.number ?? .nan }
        let common = 2 * (number("common") - 0.3) * (number("common") - 0.3)
        switch assignment["kind"]?.text {
        case "a":
            return 0.3 + 0.1 * ((number("a1") - 1) * (number("a1") - 1) + (number("a2") + 2) * (number("a2") + 2)) + common
        case "b":
            let (rate, count) = (log10(number("b1")) + 2.5, number("b2") - 14)
            return 0.5 * rate * rate + 0.01 * count * count + common
        default: return 1 + common
        }
    }
}
