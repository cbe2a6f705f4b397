import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Failed trials by what went wrong: errors that differ in numbers alone are one.
enum FailureGroups {
    /// Trials of a group that are named.
    private static let mostNamed = 100

    static func json(_ table: TrialTable) -> SettingValue {
        let failed = table.trials.map(\.record).filter { $0.state == .failed || $0.infeasible != nil }
        let groups = Dictionary(grouping: failed) { kind(of: words($0)) }
        let sorted = groups.values.sorted { ($0.count, $1[0].number) > ($1.count, $0[0].number) }
        return .array(sorted.compactMap { group in group.last.map { json(group, latest: $0) } })
    }

    private static func words(_ record: TrialRecord) -> String {
        record.error ?? record.infeasible.map { "out of memory: \($0)" } ?? "no reason is on record"
    }

    private static func json(_ group: [TrialRecord], latest: TrialRecord) -> SettingValue {
        .object([
            "error": .string(words(latest)), "count": .int(group.count), "latest": .int(latest.number),
            "trials": .array(group.suffix(mostNamed).map { .int($0.number) }), "log_tail": .text(latest.logTail),
        ])
    }

    private static func kind(of error: String) -> String {
        var kind = ""
        for character in error.prefix(400) {
            let isDigit = character.isASCII && character.isNumber
            if isDigit, kind.hasSuffix("#") { continue }
            kind.append(isDigit ? "#" : character)
        }
        return kind
    }
}
