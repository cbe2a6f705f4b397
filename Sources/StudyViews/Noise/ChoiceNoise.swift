import SearchSpaces
package import Studies
import StudyStore
import TrainerSettings

/// What a study's best may owe to luck: on how many trials it was chosen, how well one evaluation tells their values, and who is so near
/// that the order may be chance.
///
/// All trials are evaluated on the same rows, so their errors go along with each other for the most part: the difference of two is told
/// better than sqrt(2) standard errors, by how much nobody knows from the values alone. A standard error is therefore a mark for what
/// is worth a second look, no test. It says nothing of what another seed would do.
package struct ChoiceNoise: Sendable, Hashable {
    /// Of the best's value; nil: the trial tells of none.
    package let standardError: Double?
    /// How many trials have come to a value that could have been the best.
    package let chosenFrom: Int
    /// Whether the study is after several metrics: ``near`` are then not on the front, and would be if each of their metrics were better
    /// by its standard error.
    package let isOfFront: Bool
    /// The other trials within one standard error of the best, the better first.
    package let near: [Trial.ID]

    /// nil where there is no best.
    package init?(_ history: History) {
        guard let best = history.best else { return nil }
        let candidates = history.candidates
        (chosenFrom, isOfFront) = (candidates.count, history.hasSeveralMetrics)
        standardError = history.standardError(of: best.report)
        guard !history.hasSeveralMetrics else {
            near = history.nearFront(candidates)
            return
        }
        near = Self.near(
            best.trial.id, best.report.value, standardError, history.goal,
            among: candidates.map { ($0.trial.id, $0.report.value) })
    }

    /// - Parameter tops: what each trial that counts has reached.
    init(_ best: (trial: Trial, report: Report), _ study: StudyRecord, tops: [(trial: Trial.ID, value: Double)]) {
        (chosenFrom, isOfFront) = (tops.count, false)
        standardError = best.report.standardError(of: study.metric)
        near = Self.near(best.trial.id, best.report.value, standardError, study.goal, among: tops.map { ($0.trial, $0.value) })
    }

    private static func near(
        _ best: Trial.ID, _ value: Double, _ error: Double?, _ goal: Goal, among tops: [(Trial.ID, Double)]
    ) -> [Trial.ID] {
        guard let error else { return [] }
        return tops.filter { $0.0 != best && abs($0.1 - value) <= error }
            .sorted { $0.1 == $1.1 ? $0.0 < $1.0 : goal.prefers($0.1, to: $1.1) }.map(\.0)
    }

    /// How much too good the best looks on average by luck alone, were all trials equally good and their errors their own; where they are
    /// not, it is less. nil: nothing is known of the errors.
    package var luck: Double? { standardError.map { $0 * ExpectedMaximum.of(chosenFrom) } }
}

extension History {
    /// The trials that can be the best, each with its best report: those that have not failed, keep the constraints and have all metrics.
    fileprivate var candidates: [(trial: Trial, report: Report)] {
        trials.compactMap { trial in
            guard trial.state != .failed, let report = trial.best(goal), violation(of: report) == 0,
                values(of: report).allSatisfy(\.isFinite)
            else { return nil }
            return (trial, report)
        }
    }

    fileprivate func nearFront(_ candidates: [(trial: Trial, report: Report)]) -> [Trial.ID] {
        let front = self.front
        let (onFront, frontLosses) = (Set(front.map(\.trial.id)), front.map { losses(of: $0.report) })
        return candidates.filter { trial, report in
            let errors = standardErrors(of: report)
            guard !onFront.contains(trial.id), errors.contains(where: { $0 ?? 0 > 0 }) else { return false }
            let lifted = zip(losses(of: report), errors).map { $0 - ($1 ?? 0) }
            return !frontLosses.contains { Dominance.dominates($0, lifted) }
        }.map(\.trial.id)
    }
}

extension ChoiceNoise {
    /// "the best of 40 trials: were all equally good, luck alone would make it look up to 0.024 too good"
    package var choice: String {
        let trials = "the best of \(chosenFrom) trial\(chosenFrom == 1 ? "" : "s")"
        guard !isOfFront else { return trials + " by the first metric" }
        guard let luck, luck > 0 else { return trials }
        return trials + ": were all equally good, luck alone would make it look up to \(Measured.rounded(luck)) too good"
    }

    /// A warning where others are as good as far as one can tell; nil: none is.
    ///
    /// - Parameter study: its name and options, for the command.
    package func warning(_ study: String) -> String? {
        guard !near.isEmpty else { return nil }
        let who = "trial\(near.count == 1 ? "" : "s") \(Self.list(near.map(\.number)))"
        let command = "`autolora confirm \(study)`"
        if isOfFront {
            return "\(who) would be on the front, were \(near.count == 1 ? "it" : "each") better by one standard error: "
                + "who is on it may be luck"
        }
        return "\(who) \(near.count == 1 ? "is" : "are") within one standard error of the best: their order may be luck; "
            + "\(command) tells them apart"
    }

    /// "3, 8 and 12"; of many the first.
    private static func list(_ numbers: [Int]) -> String {
        let shown = numbers.prefix(8).map(String.init)
        let rest = numbers.count - shown.count
        if rest > 0 { return shown.joined(separator: ", ") + " and \(rest) more" }
        return shown.count < 2 ? shown.joined() : shown.dropLast().joined(separator: ", ") + " and " + shown[shown.count - 1]
    }

    /// What the objects of `best` and `status` have besides.
    var json: [String: SettingValue] {
        var keys: [String: SettingValue] = ["chosen_from": .int(chosenFrom)]
        let near = SettingValue.array(near.map { .int($0.number) })
        if isOfFront { keys["near_front"] = near }
        if let standardError {
            keys["standard_error"] = .double(standardError)
            if !isOfFront { keys["within_noise"] = near }
        }
        return keys
    }
}
