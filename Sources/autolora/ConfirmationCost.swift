import Schedulers
import SearchSpaces
import TrainerSettings

/// What the confirmation of a study's best will cost, for people.
struct ConfirmationCost {
    private let specification: StudySpecification
    private let settings: ConfirmationSettings

    /// nil: nothing is confirmed.
    init?(_ specification: StudySpecification) {
        guard let settings = specification.confirmation else { return nil }
        (self.specification, self.settings) = (specification, settings)
    }

    var text: String {
        let candidates = settings.top + (settings.baseline == .none ? 0 : 1)
        let trials = candidates * settings.seeds
        let cost = TrialCost(specification)
        let reports = [cost.reports, specification.earlyTermination.rungs?.maximum].compactMap(\.self).min()
        let amount =
            if let reports {
                cost.steps(atReport: reports).map { ": \($0 * trials) steps" } ?? ": \(reports * trials) reports"
            } else { "" }
        return "confirmation      at most \(trials) trials more, in full\(amount); who is clearly behind gets fewer seeds"
    }
}
