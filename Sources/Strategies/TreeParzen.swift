package import SearchSpaces
import Studies

/// The tree-structured Parzen estimator (Bergstra et al., 2011), multivariate and with a constant liar for running
/// trials, as Optuna 5 runs it.
///
/// Trials are split into good ones and the others; of some candidates drawn from the density of the good ones, the one
/// is taken whose density among them is largest against that among the others.
package struct TreeParzen: Strategy {
    package let repeats = true
    /// Trials drawn at random until as many have been weighed.
    package let startUpTrials: Int
    /// Half as many where the space has choices: of many candidates one with the choices that are known best always wins, and
    /// the others are hardly tried.
    package let candidates: Int

    package init(startUpTrials: Int = 10, candidates: Int = 24) {
        self.startUpTrials = startUpTrials
        self.candidates = candidates
    }

    package func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        let split = past.split(using: &generator)
        guard split.weighed >= startUpTrials else {
            return RandomSearch().suggest(after: past, accepting: accepts, using: &generator)
        }
        var good = ParzenMixture(split.good, of: past)
        if past.metricCount > 1 || split.isForecast && past.count.isMultiple(of: 2) {
            let others = ParzenMixture(split.others, of: past)
            return combined(good, against: others, coding: past.coding, accepting: accepts, using: &generator)
        }
        var points = draw(from: good, accepting: accepts, using: &generator)
        guard points.count > 1 else { return points.first }
        var others = ParzenMixture(split.others, of: past)
        for stage in past.coding.stages.indices {
            let best = best(of: points, good: good, others: others, stage: stage, fitting: past.feasibility)
            guard past.coding.goesOn(best, beyond: stage) else { return best }
            (good, others) = (good.conditioned(on: best, stage: stage), others.conditioned(on: best, stage: stage))
            points = [best] + draw(from: good, keeping: best, stage: stage + 1, accepting: accepts, using: &generator)
        }
        return points.first
    }

    /// The branches of a conditional space are weighed by what their points have in common: were whole points compared,
    /// the branch that is known best would always win over those that are hardly known.
    ///
    /// - Parameter memory: a point that may run out of it counts for as much less as it is likely to.
    private func best(
        of points: [Point], good: ParzenMixture, others: ParzenMixture, stage: Int, fitting memory: FeasibilityModel?
    ) -> Point {
        let densities = (good.logDensities(at: points, stage: stage), others.logDensities(at: points, stage: stage))
        var scores = zip(densities.0, densities.1).map { $0 - $1 }
        if let memory { for index in scores.indices { scores[index] += memory.logLikelihood(of: points[index]) } }
        var best = 0
        for index in scores.indices where scores[index] > scores[best] || scores[best].isNaN { best = index }
        return points[best]
    }

    /// Each parameter by itself, so that what is good about one trial is tried together with what is good about another.
    ///
    /// So with several metrics, where the good trials lie all along a front, and for every second trial where many end early:
    /// a configuration that looks good at the first rung only would otherwise draw all others to it. (Trials that all go to
    /// their end are worth more care: there it costs more than it brings.)
    private func combined(
        _ good: ParzenMixture, against others: ParzenMixture, coding: PointCoding, accepting accepts: (Point) -> Bool,
        using generator: inout SeededGenerator
    ) -> Point? {
        for _ in 0..<20 {
            let point = coding.build(from: nil, stage: 0) {
                good.coordinate(of: $0, against: others, candidates: candidates, using: &generator)
            }
            if accepts(point) { return point }
        }
        return nil
    }

    /// Different candidates that are accepted; fewer than asked for, or none, where they are hard to find.
    private func draw(
        from mixture: ParzenMixture, keeping start: Point? = nil, stage: Int = 0, accepting accepts: (Point) -> Bool,
        using generator: inout SeededGenerator
    ) -> [Point] {
        var points: [Point] = []
        let wanted = mixture.hasChoices ? max(candidates / 2, 1) : candidates
        for _ in 0..<(wanted * 20) where points.count < wanted {
            let point = mixture.draw(from: start, stage: stage, using: &generator)
            if !points.contains(point), accepts(point) { points.append(point) }
        }
        return points
    }
}
