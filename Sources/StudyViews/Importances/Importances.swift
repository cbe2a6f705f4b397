import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// How much each parameter tells whether a trial is among the best: how differently the best tenth lie in it from all, as a share of
/// all parameters' (PED-ANOVA; Watanabe, Bansal, Hutter, 2023; parameters that are there under a condition as in "Conditional PED-ANOVA",
/// 2026: where a parameter is at all counts with how it is spread there).
///
/// An importance is never below 0 and by chance above it. So it is held against what as many trials, drawn by lot in place of the best,
/// come to: what one such draw in a hundred reaches may be nothing, and its interval begins at 0. The rest of the interval is the
/// bootstrap's over trials (Efron, 1979), nine draws in ten.
package struct Importances: Sendable {
    /// The best that are held against all.
    package static let quantile = 0.1
    static let draws = 100
    /// Below so many among the best much is luck.
    static let few = 5

    package struct Importance: Sendable, Hashable {
        package let name: String
        /// From 0 to 1; all sum to 1, or are 0.
        package let importance: Double
        package let interval: ClosedRange<Double>
        /// Trials that have the parameter.
        package let trials: Int
        /// Of all that count.
        package let share: Double

        /// Whether it is more than chance gives.
        package var isClear: Bool { interval.lowerBound > 0 }
    }

    /// The most important first.
    package let parameters: [Importance]
    /// How many trials count: those with a value that have not failed.
    package let counted: Int
    package let best: Int
    /// Trials that were looked at.
    package let trials: Int
    /// Why there are none; nil: there are.
    package let problem: String?
    let metric: String
    let study: String

    /// - Parameter draws: by lot and of the bootstrap; 0: intervals are not looked for, and are the importances alone.
    package init(_ source: PlotSource, _ options: PlotOptions = PlotOptions(), draws: Int = draws) {
        (metric, study) = (options.metric ?? source.study.metric, source.study.name)
        let looked = source.trials(options)
        let metric = metric
        let goal =
            options.metric.map { $0 == source.study.metric ? source.study.goal : Goal(usualFor: $0) } ?? source.study.goal
        let valued = looked.filter { $0.state != .failed }.compactMap { trial -> (trial: Trial, value: Double)? in
            guard let report = trial.best(source.history.goal), let value = source.value(metric, of: report), value.isFinite,
                source.history.isFeasible(trial)
            else { return nil }
            return (trial, value)
        }.sorted { goal.prefers($0.value, to: $1.value) }
        let grids = source.space.parameters.compactMap(ParameterGrid.init)
        (trials, counted) = (looked.count, valued.count)
        guard valued.count > 1, !grids.isEmpty else {
            (parameters, best) = ([], 0)
            problem =
                grids.isEmpty
                ? "the study searches no parameter with more than one value"
                : "importances need two trials with a value, and there \(valued.count == 1 ? "is 1" : "are \(valued.count)")"
            return
        }
        let table = TrialGrid(grids: grids, trials: valued.map(\.trial), values: valued.map(\.value))
        let all = [Int](repeating: 1, count: valued.count)
        let target = table.best(of: all, share: Self.quantile)
        best = target.reduce(0, +)
        let raw = table.divergences(of: target, from: all)
        let shares = Self.shares(raw)
        let luck = table.luck(best, draws: draws)
        let spread = table.bootstrap(draws: draws, share: Self.quantile).map(Self.shares)
        parameters = grids.indices.map { place in
            let drawn = spread.map { $0[place] }.sorted()
            var (low, high) = (shares[place], shares[place])
            if !drawn.isEmpty {
                low = min(low, drawn[drawn.count / 20])
                high = max(high, drawn[drawn.count - 1 - drawn.count / 20])
                if raw[place] <= luck[place] { low = 0 }
            }
            let having = table.having(place)
            return Importance(
                name: grids[place].name, importance: shares[place], interval: low...high, trials: having,
                share: Double(having) / Double(valued.count))
        }.sorted { ($1.importance, $0.name) < ($0.importance, $1.name) }
        problem = nil
    }

    private static func shares(_ divergences: [Double]) -> [Double] {
        let sum = divergences.reduce(0, +)
        return divergences.map { sum > 0 ? $0 / sum : 0 }
    }
}
