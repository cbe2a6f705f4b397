import GRDB
package import Studies

extension StudyStore {
    /// What is known of one trial, without its reports; nil: the study has none of that number.
    package func trial(_ id: Trial.ID) throws -> TrialRecord? {
        try read { try TrialRecord.filter(Column("number") == id.number).fetchOne($0) }
    }

    /// The last trials that failed, by number.
    package func failures(last count: Int) throws -> [TrialRecord] {
        try read { db in
            try TrialRecord.filter(Column("state") == Trial.State.failed.rawValue).order(Column("number").desc).limit(count)
                .fetchAll(db)
        }.reversed()
    }

    package func reportCount(of id: Trial.ID) throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM report WHERE trial = ?", arguments: [id.number]) ?? 0 }
    }

    /// How many reports each trial had made at a time, by number; trials without any are left out at the end.
    package func reportCounts(at time: Double) throws -> [Int] {
        try read { db in
            let sql = "SELECT trial, count(*) FROM report WHERE reported_at < ? GROUP BY trial ORDER BY trial"
            var counts: [Int] = []
            for row in try Row.fetchAll(db, sql: sql, arguments: [time]) {
                guard let trial = Int.fromDatabaseValue(row[0]), (counts.count..<(1 << 24)).contains(trial) else { continue }
                counts += Array(repeating: 0, count: trial - counts.count) + [row[1] as Int]
            }
            return counts
        }
    }
}
