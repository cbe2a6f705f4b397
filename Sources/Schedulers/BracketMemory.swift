import Studies
import Synchronization

/// Which brackets of a history have a promotion to give, kept so that only those are looked at again whose trials have changed.
///
/// Nothing is decided by it that the history alone would not decide. It is shared by all copies of a scheduler.
final class BracketMemory: Sendable {
    private struct State {
        var mark: ChangeLog.Mark?
        var brackets: [SuccessiveHalving.Filled] = []
        /// By the place of a bracket among them.
        var promotions: [Int: Promotion] = [:]
    }

    private let state = Mutex(State())

    /// The first bracket's promotion; nil: none has any.
    ///
    /// - Parameters:
    ///   - fill: the brackets that so many trials fill, after so many that are known and the trials in those.
    ///   - look: a bracket's promotion; it hangs on the bracket's trials alone.
    func first(
        in history: History, filling fill: (_ trials: Int, _ known: Int, _ start: Int) -> [SuccessiveHalving.Filled],
        _ look: (SuccessiveHalving.Filled) -> Promotion?
    ) -> Promotion? {
        state.withLock { state in
            let places = history.changes.places(since: state.mark)
            if places == nil { state = State() }
            state.mark = history.changes.mark
            var changed = Set((places ?? []).compactMap { Self.bracket(of: $0, among: state.brackets) })
            let known = state.brackets.count
            state.brackets += fill(history.trials.count, known, state.brackets.last?.numbers.upperBound ?? 0)
            changed.formUnion(known..<state.brackets.count)
            for bracket in changed { state.promotions[bracket] = look(state.brackets[bracket]) }
            return state.promotions.keys.min().flatMap { state.promotions[$0] }
        }
    }

    /// The bracket that a trial is in; nil: it is in none of them.
    private static func bracket(of place: Int, among brackets: [SuccessiveHalving.Filled]) -> Int? {
        var (first, last) = (0, brackets.count)
        while first < last {
            let middle = (first + last) / 2
            if brackets[middle].numbers.upperBound <= place { first = middle + 1 } else { last = middle }
        }
        return first < brackets.count ? first : nil
    }
}
