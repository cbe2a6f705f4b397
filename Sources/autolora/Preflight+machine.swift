import SearchSpaces
import Strategies

extension Preflight {
    /// Refuses a run that this machine, or the limits that the user has on it, would stop half way.
    ///
    /// - Throws: `ProcessLimitError`, `StrategyError`.
    func checkMachine() throws {
        try ProcessLimits.makeRoom(forTrials: specification.workers)
        if MethodChoice(specification).method == .gp { try OpenBLAS.load() }
    }
}
