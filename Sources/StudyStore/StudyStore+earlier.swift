import GRDB
import SearchSpaces
package import Studies

extension StudyStore {
    /// Keeps what the study learns from: earlier studies may change, or be deleted, before it is resumed.
    package func record(_ earlier: [EarlierStudy]) throws {
        try pool.write { db in
            for study in earlier {
                for trial in study.history.trials { try EarlierTrialRecord(trial, of: study.name).insert(db) }
            }
        }
    }

    /// In the order in which they were recorded.
    package func earlierStudies() throws -> [EarlierStudy] {
        let goal = try study().goal
        let records = try read { try EarlierTrialRecord.order(Column.rowID).fetchAll($0) }
        var names: [String] = []
        for record in records where !names.contains(record.study) { names.append(record.study) }
        return names.map { name in
            let trials = records.filter { $0.study == name }.map(\.trial)
            return EarlierStudy(name: name, history: History(goal: goal, trials: trials))
        }
    }
}

private struct EarlierTrialRecord: Codable, RecordWithJSON {
    static let databaseTableName = "earlier_trial"

    var study: String
    var number: Int
    var state: Trial.State
    var assignment: Assignment
    var iter: Int?
    var value: Double?

    init(_ trial: Trial, of study: String) {
        self.study = study
        number = trial.id.number
        state = trial.state
        assignment = trial.assignment
        iter = trial.reports.last?.iter
        value = trial.reports.last?.value
    }

    var trial: Trial {
        let report = value.map { [Report(iter: iter ?? 1, value: $0)] } ?? []
        return Trial(id: Trial.ID(number), assignment: assignment, state: state, reports: report)
    }
}
