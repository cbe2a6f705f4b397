package import SearchSpaces
package import Studies
package import StudyStore
import TrainerSettings

/// A study as plots are drawn from it.
package struct PlotSource: Sendable {
    package let study: StudyRecord
    /// The search's trials with their values in their parameters' own form.
    package let history: History
    /// By the trials' numbers.
    let records: [Int: RecordedTrial]
    /// As in the space file, or as the values let guess.
    package let space: SearchSpace
    /// Reports after which trials are compared.
    let milestones: [Int]
    /// Of the whole study, for the timeline.
    let launches: [RecordedLaunch]

    /// - Parameters:
    ///   - specification: what the space file says; nil: scales and orders are told from the values.
    ///   - launches: for the timeline alone.
    package init(_ table: TrialTable, _ specification: StudySpecification?, launches: [RecordedLaunch] = []) {
        self.init(table.study, table.trials, specification, launches: launches)
    }

    package init(
        _ study: StudyRecord, _ trials: [RecordedTrial], _ specification: StudySpecification?, launches: [RecordedLaunch] = []
    ) {
        self.study = study
        let recorded = study.history(trials.map(\.trial))
        let isKnown = specification.map { !$0.space.parameters.isEmpty } ?? false
        space = isKnown ? specification?.space ?? SearchSpace([]) : SearchSpace(guessedFrom: recorded.trials)
        history = isKnown ? recorded.withOwnValues(of: space) : recorded
        records = Dictionary(trials.map { ($0.record.number, $0) }) { first, _ in first }
        milestones = specification?.earlyTermination.rungs?.milestones ?? []
        self.launches = launches
    }

    package init(_ store: StudyStore, _ specification: StudySpecification?) throws {
        let isRun = StudyLock.holder(of: store.folder) != nil
        let launches = RecordedLaunch.all(of: try store.events(), isRun: isRun)
        self.init(try TrialTable(store), specification, launches: launches)
    }

    var metric: Metric { Metric(name: study.metric, goal: study.goal) }

    /// The search's trials that an option leaves, by number.
    func trials(_ options: PlotOptions) -> [Trial] {
        let kept = history.trials.filter { trial in
            (options.states?.contains(trial.state) ?? true) && (options.trials?.contains(trial.id.number) ?? true)
        }
        guard let top = options.top else { return kept }
        let best = Set(ranked(kept).prefix(Int((Double(kept.count) * top).rounded(.up))).map(\.trial.id))
        return kept.filter { best.contains($0.id) }
    }

    /// Trials with their best reports, the best first, those that break a constraint last; those without a value are left out.
    func ranked(_ trials: [Trial]) -> [(trial: Trial, report: Report)] {
        let merits = trials.compactMap { trial in
            trial.best(history.goal).map { (trial: trial, report: $0, merit: history.merit(of: trial)) }
        }
        return merits.sorted { a, b in
            if history.goal.prefers(a.merit, to: b.merit) { return true }
            return !history.goal.prefers(b.merit, to: a.merit) && a.trial.id < b.trial.id
        }.map { ($0.trial, $0.report) }
    }

    /// Seconds from a trial's start to each of its reports: those of training where it tells of them, else by the clock.
    func seconds(of trial: Trial) -> [Double] {
        let trained = trial.reports.compactMap { $0.metrics["train_seconds"] }
        if trained.count == trial.reports.count, zip(trained, trained.dropFirst()).allSatisfy(<=) { return trained }
        guard let record = records[trial.id.number] else { return [] }
        let start = record.record.startedAt ?? record.reportedAt.first ?? 0
        return record.reportedAt.map { $0 - start }
    }

    /// What is said of a trial to who points at it.
    func text(_ trial: Trial, _ more: String = "") -> String {
        let value = trial.best(history.goal).map { "\n\(study.metric) \(SettingValue.short($0.value))" } ?? ""
        return "trial \(trial.id), \(trial.standing)\(value)" + (more.isEmpty ? "" : "\n" + more) + "\n"
            + trial.assignment.summary.shortened(to: 200)
    }
}

extension SearchSpace {
    /// A space that holds what trials have tried, for a study whose own is not known: choices where there are few values, a range of
    /// numbers otherwise.
    init(guessedFrom trials: [Trial]) {
        var values: [String: Set<SettingValue>] = [:]
        for trial in trials { for (name, value) in trial.assignment.values { values[name, default: []].insert(value) } }
        self.init(
            values.sorted { $0.key < $1.key }.map { name, values in
                Parameter(name: name, distribution: Distribution(guessedFrom: values))
            })
    }
}

extension Distribution {
    private static let mostChoices = 8

    fileprivate init(guessedFrom values: Set<SettingValue>) {
        let numbers = values.compactMap(\.number).filter(\.isFinite)
        guard values.count > Self.mostChoices, numbers.count == values.count, let low = numbers.min(), let high = numbers.max()
        else {
            let sorted = values.sorted { a, b in
                if let a = a.number, let b = b.number { return a < b }
                return a.description < b.description
            }
            self = .categorical(sorted, probabilities: nil)
            return
        }
        let isLogarithmic = low > 0 && high / low >= 100
        if let first = Int(exactly: low), let last = Int(exactly: high), values.allSatisfy({ $0.integer != nil }) {
            self = isLogarithmic ? .intLogUniform(min: first, max: last) : .intUniform(min: first, max: last)
        } else {
            self = isLogarithmic ? .logUniform(min: low, max: high) : .uniform(min: low, max: high)
        }
    }
}

extension String {
    /// With three points for what is left out.
    func shortened(to count: Int) -> String {
        // Names and values can be megabytes long: no more of them is looked at than is shown.
        index(startIndex, offsetBy: count + 1, limitedBy: endIndex) == nil ? self : prefix(count) + "..."
    }
}
