import Glibc
import SearchSpaces
import TrainerSettings

extension LearningProblem {
    /// Hartmann's function in six dimensions at fidelities z up to 100, the lower the more biased and noisy (Kandasamy et
    /// al., 2017, in the form of mf-prior-bench's "good" correlation: bias 2.5, noise 2).
    ///
    /// Report k of 27 is at z = 100 k / 27, so that z is from 3.7 on and what a report costs is always the same: one step
    /// and one second. No fidelity shows less than the true value.
    static let mfHartmann6 = LearningProblem(
        name: "mf-hartmann6",
        specification: StudySpecification(
            name: "mf-hartmann6", metric: Metric(name: "value", goal: .minimize),
            trainer: TrainerSpecification(type: "command"),
            space: Problem.hartmann6.space, folder: ""),
        best: Problem.hartmann6.least, tolerance: 0.5, mostSteps: 2000, length: 27
    ) { assignment in
        let x = (0..<6).map { assignment["x\($0)"]?.number ?? .nan }
        let terms = Problem.hartmann6Terms(x)
        return (1...27).map { iter in
            let lack = 1 - log(100 * Double(iter) / 27) / log(100)
            let value = -zip([1, 1.2, 3, 3.2], terms).reduce(0) { $0 + ($1.0 - 2.5 * lack) * $1.1 }
            return CurvePoint(step: iter, seconds: Double(iter), value: value + 2 * lack * abs(noise(x, iter)))
        }
    }

    /// Standard normal, always the same for a configuration and a report.
    private static func noise(_ x: [Double], _ iter: Int) -> Double {
        let seed = x.reduce(0) { seed, coordinate in
            var generator = SeededGenerator(seed, Int(truncatingIfNeeded: coordinate.bitPattern))
            return Int(truncatingIfNeeded: generator.next())
        }
        var generator = SeededGenerator(seed, iter)
        return generator.gaussian()
    }
}
