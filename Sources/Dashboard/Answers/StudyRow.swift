import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// What the list of studies says of one.
enum StudyRow {
    /// Points of the small curve.
    private static let points = 48

    /// - Parameter tops: what each trial has reached at best, by rising number.
    static func json(_ status: StudyStatus, _ tops: [(trial: Trial.ID, value: Double)]) -> SettingValue {
        guard case .object(var row) = status.json else { return .null }
        row["run_cap"] = .int(status.study.runCap)
        row["created_at"] = .double(status.study.createdAt)
        row["curve"] = .array(curve(tops, status.study.goal).map(SettingValue.double))
        row["problem"] = .text(status.problem)
        return .object(row)
    }

    static func unreadable(_ name: String, _ error: any Error) -> SettingValue {
        .object(["study": .string(name), "state": .string("unreadable"), "error": .string("\(error)")])
    }

    /// The best so far from trial to trial, at most so many places of it.
    private static func curve(_ tops: [(trial: Trial.ID, value: Double)], _ goal: Goal) -> [Double] {
        var best = Double.nan
        let all = tops.map { top in
            if goal.prefers(top.value, to: best) { best = top.value }
            return best
        }
        guard all.count > points else { return all }
        return (0..<points).map { all[$0 * (all.count - 1) / (points - 1)] }
    }
}

extension StudyFollower {
    func row(now: Double) throws -> SettingValue {
        try look { _, store in StudyRow.json(try StudyStatus(store, now: now), try store.tops()) }
    }
}
