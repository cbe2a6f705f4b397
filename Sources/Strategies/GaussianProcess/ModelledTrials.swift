/// The trials that a Gaussian process learns from, and what it is told of each.
struct ModelledTrials: Sendable {
    /// By rising number.
    private(set) var trials: [Int] = []
    /// Their losses as ``Targets`` has them: less is better.
    private(set) var targets: [Double] = []
    /// Those that run or are to run.
    private(set) var running: [Int] = []

    init(_ past: Observations) {
        var losses: [Double] = []
        for (trial, standing) in past.standings.enumerated() {
            if standing.tier == .running {
                running.append(trial)
                continue
            }
            trials.append(trial)
            switch standing.tier {
            case .failed: losses.append(.nan)
            // Its loss is by how much it breaks a constraint.
            case .infeasible: losses.append(.infinity)
            default: losses.append(standing.loss)
            }
        }
        targets = Targets.of(losses)
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
