/// Where a trial stands. All else that happens next follows from it, the settings and the data: random numbers are
/// derived from the seed and the step.
struct TrainingState: Sendable, Hashable, Codable {
    /// Optimizer steps made.
    var step = 0
    /// Reports made, kept so that one that was never read can be made again.
    var reports: [TrainingReport] = []
    var iter: Int { reports.count }
    /// The step that was last evaluated.
    var evaluatedStep = 0
    /// Over the steps since the last report.
    var lossSum = 0.0
    var lossCount = 0
    var bestValue: Double?
    var trainSeconds = 0.0

    /// Whether a run of so many steps can stand here; a file can say anything.
    func isPossible(totalSteps: Int) -> Bool {
        let steps = [0] + reports.map(\.step)
        return (0...totalSteps).contains(step) && (0...step).contains(lossCount) && trainSeconds >= 0
            && evaluatedStep == steps[steps.count - 1] && evaluatedStep <= step && zip(steps, steps.dropFirst()).allSatisfy(<)
    }
}
