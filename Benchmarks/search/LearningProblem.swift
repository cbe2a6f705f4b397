import SearchSpaces
import Studies

/// Something whose trials report more than once: the whole learning curve of every configuration is known.
struct LearningProblem: Sendable {
    /// A trial as it stands when it reports.
    struct CurvePoint: Sendable {
        /// Training steps and seconds since the trial began.
        let step: Int
        let seconds: Double
        let value: Double
    }

    let name: String
    /// The space, the metric and the trainer; method, scheduler, workers and seed are a study's own.
    let specification: StudySpecification
    /// The best value that there is.
    let best: Double
    /// How near to it a study is to come.
    let tolerance: Double
    /// Training steps, of all trials together, after which a study is given up.
    let mostSteps: Int
    /// Reports of a full trial.
    let length: Int
    let curve: @Sendable (Assignment) -> [CurvePoint]

    /// The value that counts as reached.
    var target: Double { specification.metric.goal == .maximize ? best - tolerance : best + tolerance }

    /// How much worse than the best a value is; 0 where it is better.
    func regret(of value: Double) -> Double {
        max(specification.metric.goal == .maximize ? best - value : value - best, 0)
    }
}
