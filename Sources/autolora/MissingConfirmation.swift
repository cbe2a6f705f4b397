import BuiltInTrainer
import Confirmations
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import Trainers

/// A study whose space file asks for a confirmation, and that has ended without one.
struct MissingConfirmation {
    /// Why, and what to do.
    let text: String

    /// - Parameter name: the study's, as a command takes it.
    /// - Returns: nil: there is one, or none was asked for, or the study has not ended.
    init?(_ store: StudyStore, _ name: String) throws {
        let record = try store.study()
        guard record.confirmation == nil, record.finishedAt != nil, !record.isImported,
            let specification = try? store.spaceFile(of: record).specification, let settings = specification.confirmation
        else { return nil }
        let history = try store.history().withOwnValues(of: specification.space)
        guard history.best != nil else { return nil }
        var reason = ""
        do throws(ConfirmationPlan.Refusal) {
            _ = try ConfirmationPlan(settings, of: history, in: specification.space, seed: record.seed)
        } catch { reason = ": \(error)" }
        text =
            "the space file asks for a confirmation, and there is none\(reason); make it: autolora confirm \(name)"
            + (reason.isEmpty ? "" : " --baseline default")
    }
}
