import Confirmations
import SearchSpaces
import Studies
import StudyStore

extension Controller {
    /// Ends the search and says what is confirmed of it.
    ///
    /// - Returns: nil: nothing is, or the search is not over.
    func turnToConfirming(_ request: ConfirmationRequest?) throws -> ConfirmationPlan? {
        switch stopping {
        case nil, .targetReached?: break
        default: return nil
        }
        let recorded = try store.study().confirmation
        let current = recorded.flatMap { $0.searched == history.trials.count ? $0 : nil }
        guard request != nil || current != nil else { return nil }
        let note = endNote
        try drop(history.trials)
        let confirmation: ConfirmationPlan
        if let current, request?.isExplicit != true {
            confirmation = current
        } else if let request {
            do throws(ConfirmationPlan.Refusal) {
                confirmation = try ConfirmationPlan(
                    request.settings, of: history, in: specification.space, seed: specification.seed)
            } catch {
                endSearch([note, "nothing was confirmed: \(error)"].compactMap(\.self).joined(separator: "; "))
                return nil
            }
            try store.confirm(confirmation)
        } else {
            return nil
        }
        endSearch(note)
        let race = ConfirmationRace(confirmation, in: history)
        if !race.isOver { announce(.confirming(confirmation, candidates: race.candidates.count)) }
        return confirmation
    }
}
