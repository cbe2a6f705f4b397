package import Confirmations
package import Studies
package import StudyStore

/// What a study has confirmed, or is confirming.
package struct ConfirmedStudy: Sendable {
    package let study: StudyRecord
    package let confirmation: ConfirmationPlan
    package let race: ConfirmationRace
    package let verdict: Verdict
    /// Whether the search has gone on since: the choice is no longer that of the whole.
    package let isOutdated: Bool
    /// Whether somebody runs the study now.
    let isRun: Bool
    /// What the trials reached on data that no trial has seen.
    let tests: [Trial.ID: [String: Double]]

    /// nil where nothing is being confirmed, or was.
    package init?(_ store: StudyStore) throws {
        let study = try store.study()
        guard let confirmation = study.confirmation else { return nil }
        let trials = try store.trials()
        let history = study.history(trials.map(\.trial))
        (self.study, self.confirmation) = (study, confirmation)
        race = ConfirmationRace(confirmation, in: history)
        verdict = Verdict(race)
        isOutdated = history.trials.count > confirmation.searched
        isRun = StudyLock.holder(of: store.folder) != nil
        tests = Dictionary(
            trials.compactMap { trial in trial.record.testMetrics.map { (trial.record.id, $0) } }, uniquingKeysWith: { $1 })
    }

    /// The one that was chosen, where the choice stands for the whole search; nil: there is none.
    package var choice: Verdict.Standing? {
        guard !isOutdated, let chosen = verdict.chosen else { return nil }
        return verdict.standings[chosen]
    }

    /// Whether it has ended without a choice, and is that of the whole search.
    package var choseNothing: Bool { verdict.isOver && verdict.chosen == nil && !isOutdated }

    /// The trials that are measured on the test split: all seeds of the chosen one and of the baseline.
    package var tested: [Trial.ID] {
        guard verdict.isOver, let chosen = verdict.chosen else { return [] }
        let places = [chosen] + (verdict.baseline.map { $0 == chosen ? [] : [$0] } ?? [])
        return places.map { verdict.standings[$0] }.filter { $0.problem == nil }.flatMap { standing in
            standing.outcomes.compactMap { $0.outcome.value == nil ? nil : $0.outcome.trial?.id }
        }
    }

    /// Each figure that a candidate reached on the test split, by seed; empty: not measured.
    func tests(of standing: Verdict.Standing) -> [String: [Double]] {
        standing.outcomes.compactMap { $0.outcome.trial.flatMap { tests[$0.id] } }.reduce(into: [:]) { figures, test in
            // A seed's standard error is that of its value, no figure to average.
            for (name, value) in test where !name.hasSuffix("_se") { figures[name, default: []].append(value) }
        }
    }

    /// What a trial is to the configuration that it confirms.
    package func origin(of trial: Trial) -> String {
        let name = trial.confirmed.map { "trial \($0)" } ?? "the baseline"
        return "confirms \(name)" + (trial.seed.map { ", seed \($0)" } ?? "")
    }

    /// What a candidate is called: the trial of the search, or what the baseline is.
    package func name(of place: Int) -> String {
        let candidate = verdict.standings[place].candidate
        if let trial = candidate.trial { return "trial \(trial)" }
        return "baseline"
    }
}
