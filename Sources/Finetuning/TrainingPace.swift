import Layers
import Tasks
import TrainerSettings

/// How fast a trial goes, all its threads together.
package struct TrainingPace: Sendable, Hashable {
    /// Real tokens a second in training steps, and in evaluations.
    package let (training, evaluation): (Double, Double)
    /// Until the first step could be made.
    package let secondsToLoad: Double

    package init(training: Double, evaluation: Double, secondsToLoad: Double) {
        (self.training, self.evaluation, self.secondsToLoad) = (training, evaluation, secondsToLoad)
    }
}

extension TrainingRun {
    /// Makes two steps, of which nothing is kept; one over few rows where that takes long already.
    ///
    /// - Parameter seconds: what loading it took.
    package func measuredPace(loadedIn seconds: Double) throws -> TrainingPace {
        let count = min(settings.batchSize, data.training.count)
        // The first one finds room for everything.
        var training = try stepPace(rows: (count + 7) / 8)
        if training.seconds * 16 < Self.patience { training = try stepPace(rows: count) }
        let (batch, targets) = data.training.batch(0..<(count + 7) / 8)
        let clock = ContinuousClock()
        let taken = try clock.measure { _ = try model.outputs(batch, targets: targets) }
        return TrainingPace(
            training: training.tokensPerSecond, evaluation: Double(batch.tokenCount) / max(taken / .seconds(1), 1e-6),
            secondsToLoad: seconds)
    }

    /// Seconds that a measurement may take.
    private static let patience = 20.0

    private func stepPace(rows: Int) throws -> (tokensPerSecond: Double, seconds: Double) {
        let (batch, targets) = data.training.batch(0..<rows)
        let clock = ContinuousClock()
        let taken = try clock.measure { _ = try model.trainStep(batch, targets: targets, dropoutSeed: 1) }
        let seconds = max(taken / .seconds(1), 1e-6)
        return (Double(batch.tokenCount) / seconds, seconds)
    }
}
