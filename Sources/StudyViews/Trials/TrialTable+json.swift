import SearchSpaces
import Studies
import StudyStore
package import TrainerSettings

extension TrialTable {
    package var json: SettingValue {
        let columns = jsonColumns
        return .array(
            trials.map { trial in
                let entries = columns.compactMap { name, value in value(trial).map { (name, $0) } }
                return .object(Dictionary(entries) { first, _ in first })
            })
    }

    /// Each key of a trial's object with its value; nil: the trial has no such key.
    private var jsonColumns: [(name: String, value: (RecordedTrial) -> SettingValue?)] {
        let front = front
        let onFront = Set(front?.numbers ?? [])
        let (notes, tags) = (requests.notes, requests.tags)
        return [
            ("number", { .int($0.record.number) }),
            ("state", { .string($0.record.state.rawValue) }),
            ("parameters", { .object($0.record.assignment.values) }),
            ("value", { .number(best($0)?.value) }),
            ("standard_error", { standardError($0).map { .double($0) } }),
            ("reports", { .array($0.reports.map(Self.json)) }),
            ("started_at", { .time($0.record.startedAt) }),
            ("ended_at", { .time($0.record.endedAt) }),
            ("seconds", { .double($0.record.seconds) }),
            ("launches", { .int($0.record.launches) }),
            ("job", { jobs[$0.record.id]?.json }),
            ("error", { .text($0.record.error) }),
            ("infeasible", { .text($0.record.infeasible) }),
            ("halvings", { trial in trial.record.halvings.map { .int($0) } }),
            ("purpose", { $0.trial.confirms ? .string("confirm") : hasConfirmations ? .string("search") : nil }),
            ("confirms", { $0.trial.confirms ? .integer($0.trial.confirmed?.number) : nil }),
            ("seed", { trial in trial.trial.seed.map { .int($0) } }),
            ("test", { trial in trial.record.testMetrics.map { .object($0.mapValues(SettingValue.double)) } }),
            ("log", { trial in trial.record.error.map { _ in .text(folder.keptLog(of: trial.record.id)) } }),
            ("feasible", { isConstrained ? .bool(history.isFeasible(history[$0.record.id])) : nil }),
            ("front", { trial in front.map { _ in .bool(onFront.contains(trial.record.number)) } }),
            ("enqueued_by", { trial in trial.record.enqueuedBy.map { .int($0) } }),
            ("pruned_by", { trial in trial.record.prunedBy.map { .int($0) } }),
            ("tags", { tags[$0.record.id].map { .texts($0) } }),
            ("notes", { notes[$0.record.id].map { .notes($0) } }),
            ("values", { trial in front.map { best(trial).map($0.values) ?? .null } }),
        ]
    }

    static func json(_ report: Report) -> SettingValue {
        .object([
            "iter": .int(report.iter), "step": .integer(report.step), "value": .double(report.value),
            "metrics": .object(report.metrics.mapValues(SettingValue.double)),
            "details": .object(report.details.mapValues(SettingValue.string)),
        ])
    }
}
