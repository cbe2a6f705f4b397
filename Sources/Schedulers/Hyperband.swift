package import SearchSpaces

extension SuccessiveHalving {
    /// Hyperband (Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", 2018).
    ///
    /// Brackets s = s_max, ..., 0 of ceil((s_max + 1) eta^s / (s + 1)) trials, filled by number one after the other and
    /// then again from the first. Inside a bracket halving is synchronous, as in the paper; no worker waits for it, as
    /// the next brackets' trials are started meanwhile. The last bracket, in which nobody is stopped, is plain search.
    package static func hyperband(_ rungs: EarlyTermination.Rungs, runCap: Int) -> SuccessiveHalving {
        let brackets = rungs.bracketSizes.enumerated().map { skipped, size in
            Bracket(size: size, milestones: Array(rungs.milestones.dropFirst(skipped)))
        }
        return SuccessiveHalving(rungs, runCap: runCap, brackets: brackets)
    }
}
