import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Which trials of a study are wanted, in which order, and which page of them.
struct TrialQuery {
    private let words: [String: String]
    private static let mostRows = 500

    init(_ words: [String: String]) { self.words = words }

    var from: Int { max(0, words["from"].flatMap { Int($0) } ?? 0) }
    var count: Int { min(max(0, words["count"].flatMap { Int($0) } ?? 50), Self.mostRows) }

    /// The rows of a table, those that pass the filter, in order.
    func rows(of table: TrialTable) -> [TrialRow] {
        let history = table.history
        var rows = table.trials.map { TrialRow($0, history, job: table.jobs[$0.record.id]) }
        if let states = words["states"].map({ Set($0.split(separator: ",").map(String.init)) }) {
            rows = rows.filter { states.contains($0.record.state.rawValue) }
        }
        if let numbers = words["trials"].map({ Set($0.split(separator: ",").compactMap { Int($0) }) }) {
            rows = rows.filter { numbers.contains($0.record.number) }
        }
        if let share = words["top"].flatMap({ Double($0) }), (0...1).contains(share) {
            let ranked = rows.filter { $0.value != nil }.sorted { history.goal.prefers($0.value ?? .nan, to: $1.value ?? .nan) }
            let kept = Set(ranked.prefix(Int((share * Double(rows.count)).rounded(.up))).map(\.record.number))
            rows = rows.filter { kept.contains($0.record.number) }
        }
        if let text = words["find"]?.lowercased(), !text.isEmpty { rows = rows.filter { $0.contains(text) } }
        return sorted(rows)
    }

    private func sorted(_ rows: [TrialRow]) -> [TrialRow] {
        let key = words["sort"] ?? "number"
        let isDescending = words["order"] == "down"
        if key == "number" { return isDescending ? rows.reversed() : rows }
        return rows.map { ($0, $0.key(key)) }.sorted { a, b in
            // What has no such value comes last either way.
            guard let first = a.1 else { return false }
            guard let second = b.1 else { return true }
            return isDescending ? second < first : first < second
        }.map(\.0)
    }
}

/// By which rows are put in order: numbers before words.
enum SortKey: Comparable {
    case number(Double)
    case word(String)
}
