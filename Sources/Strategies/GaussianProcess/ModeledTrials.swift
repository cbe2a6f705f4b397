/// The trials that a Gaussian process learns from, and what it is told of each.
struct ModeledTrials: Sendable {
    /// By rising number.
    private(set) var trials: [Int] = []
    /// Their losses as ``ScaledLosses`` has them: less is better.
    private(set) var targets: [Double] = []
    /// The variances of those that are forecasts; 0 where the loss is known.
    private(set) var doubts: [Double] = []
    /// Whether some of the trials ended early.
    var areForecasts: Bool { doubts.contains { $0 > 0 } }
    /// Those that run or are to run and have shown nothing yet.
    private(set) var running: [Int] = []

    init(_ past: Observations) {
        let (standings, sigmas) = past.forecast()
        running = standings.indices.filter { standings[$0].tier == .running }
        trials = standings.indices.filter { ![.running, .outOfMemory].contains(standings[$0].tier) }
        // The loss of what breaks a constraint is infinite.
        let losses = trials.map { standings[$0].tier == .failed ? .nan : standings[$0].loss }
        targets = ScaledLosses.of(losses)
        doubts = ScaledLosses.variances(of: losses, sigmas: trials.map { sigmas[$0] }, as: targets)
    }

    /// - Parameter weights: of the study's metrics, for this suggestion.
    init(_ past: Observations, weighing weights: [Double]) {
        let standings = past.forecast().standings
        running = standings.indices.filter { standings[$0].tier == .running }
        trials = standings.indices.filter { ![.running, .outOfMemory].contains(standings[$0].tier) }
        let losses = trials.map { trial -> [Double] in
            switch standings[trial].tier {
            case .failed: weights.map { _ in .nan }
            case .infeasible, .worthless: weights.map { _ in .infinity }
            default: [standings[trial].loss] + standings[trial].others
            }
        }
        targets = ScaledLosses.of(Scalarization.of(losses, weights: weights))
        doubts = targets.map { _ in 0 }
    }

    /// At most `limit` of the trials: a quarter the best, a quarter the latest, the rest from the whole range of losses.
    ///
    /// - Returns: places in ``trials``.
    func subset(_ limit: Int) -> [Int] {
        guard trials.count > limit else { return Array(trials.indices) }
        let rising = trials.indices.sorted { (targets[$0], $0) < (targets[$1], $1) }
        var isIn = [Bool](repeating: false, count: trials.count)
        for index in rising.prefix(limit / 4) { isIn[index] = true }
        for index in trials.indices.suffix(limit / 4) { isIn[index] = true }
        let rest = rising.filter { !isIn[$0] }
        let wanted = limit - isIn.count { $0 }
        for place in 0..<wanted { isIn[rest[place * rest.count / wanted]] = true }
        return trials.indices.filter { isIn[$0] }
    }
}
