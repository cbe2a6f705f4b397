import Glibc
package import SearchSpaces
import Strategies
import Studies
import TrainerSettings

/// Spaces of every kind, with something to minimize on each.
package enum ToySpace: Sendable, CaseIterable {
    case mixed, mixedFinite, conditional, sixty, single, forty, everyDistribution

    package var isFinite: Bool { space.size != nil }

    package var space: SearchSpace {
        switch self {
        case .mixed: SearchSpace([rate, kind, Parameter(name: "n", distribution: .intUniform(min: 1, max: 6))])
        case .mixedFinite:
            SearchSpace([
                kind, Parameter(name: "n", distribution: .intLogUniform(min: 1, max: 32)),
                Parameter(name: "q", distribution: .quantizedUniform(min: 0, max: 1, q: 0.25)),
            ])
        case .conditional:
            SearchSpace([
                kind, rate, Parameter(name: "n", distribution: .intUniform(min: 1, max: 40), condition: whereX),
                Parameter(
                    name: "deep", distribution: .uniform(min: 0, max: 1),
                    condition: .init(parameter: "n", values: (1...20).map { .int($0) })),
            ])
        case .sixty:
            SearchSpace([
                Parameter(name: "a", distribution: choices((1...5).map { .int($0) })), kind,
                Parameter(name: "b", distribution: choices([.string("x"), .string("y"), .string("z"), .null])),
            ])
        case .single:
            SearchSpace([
                Parameter(name: "only", distribution: choices([.string("one")])),
                Parameter(name: "n", distribution: .intUniform(min: 3, max: 3)),
                Parameter(name: "u", distribution: .uniform(min: 0.5, max: 0.5)),
                Parameter(name: "c", distribution: .constant(.bool(true))),
                Parameter(name: "free", distribution: .intUniform(min: 1, max: 50)),
            ])
        case .forty:
            SearchSpace((0..<40).map { Parameter(name: "x\($0)", distribution: .uniform(min: -1, max: 1)) })
        case .everyDistribution:
            SearchSpace([
                Parameter(name: "normal", distribution: .normal(mu: 2, sigma: 0.5)),
                Parameter(name: "logNormal", distribution: .logNormal(mu: -3, sigma: 1)),
                Parameter(name: "qLog", distribution: .quantizedLogUniform(min: 0.5, max: 8, q: 0.5)),
                Parameter(name: "intLog", distribution: .intLogUniform(min: 1, max: 1000)),
                Parameter(
                    name: "odds", distribution: .categorical([.int(1), .int(2), .int(3)], probabilities: [0.7, 0.3, 0])),
            ])
        }
    }

    /// Least where every number is at its place; a choice costs its index.
    package func loss(_ assignment: Assignment) -> Double {
        var loss = 0.0
        for parameter in space.parameters {
            guard let value = assignment[parameter.name] else { continue }
            switch parameter.distribution {
            case .constant, .categorical: loss += 0.3 * Double(parameter.distribution.index(of: value) ?? 0)
            default:
                guard let number = value.number, let bounds = parameter.distribution.bounds else { continue }
                let isLogarithmic = parameter.distribution.isLogarithmic
                let place = { (x: Double) in isLogarithmic ? log(x) : x }
                let width = place(bounds.upperBound) - place(bounds.lowerBound)
                let share = width > 0 ? (place(number) - place(bounds.lowerBound)) / width : 0
                loss += (share - 0.6) * (share - 0.6)
            }
        }
        return loss
    }

    package func specification(_ method: Method, seed: Int = 7) -> StudySpecification {
        StudySpecification(
            name: "toy", metric: Metric(name: "loss", goal: .minimize), method: method, seed: seed,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
    }

    private var rate: Parameter { Parameter(name: "rate", distribution: .logUniform(min: 1e-5, max: 1e-2)) }

    private var kind: Parameter {
        Parameter(name: "kind", distribution: choices([.string("x"), .string("y"), .string("z")]))
    }

    private var whereX: Parameter.Condition { .init(parameter: "kind", values: [.string("x"), .string("y")]) }

    private func choices(_ values: [SettingValue]) -> Distribution { .categorical(values, probabilities: nil) }
}

/// What becomes of a trial by chance, whatever its configuration.
package enum Mishap: Sendable {
    case none
    /// Three trials in ten fail, report NaN or report an infinite loss.
    case threeInTen

    /// nil: the trial fails.
    func value(_ value: Double, seed: Int, trial: Int) -> Double? {
        guard self == .threeInTen else { return value }
        var generator = SeededGenerator(seed, trial)
        guard generator.unit() < 0.3 else { return value }
        return [nil, .nan, .infinity][trial % 3]
    }
}

extension ToySpace {
    /// The best losses of studies with some seeds, summed up.
    package func best(
        of trials: Int, by method: Method, seeds: Range<Int>, workers: Int = 1, mishap: Mishap = .none
    ) throws -> Double {
        try seeds.reduce(0) { sum, seed in
            let suggester = try Suggester(specification: specification(method, seed: seed))
            var number = 0
            var study = StudySimulator(suggester, runCap: trials, workers: workers) { assignment, _ in
                number += 1
                return mishap.value(loss(assignment), seed: seed, trial: number)
            }
            study.run()
            return sum + (study.history.best?.report.value ?? .nan)
        }
    }
}
