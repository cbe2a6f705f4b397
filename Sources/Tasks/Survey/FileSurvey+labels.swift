import TrainerSettings

extension FileSurvey {
    /// Rows that are copies of others, and texts that are labeled in two ways.
    static func repeats(_ items: [SurveyItem], in path: String) -> [SurveyFinding] {
        var first: [UInt64: SurveyItem] = [:]
        var (copies, conflicts): ([String], [String]) = ([], [])
        var contradicted: Set<UInt64> = []
        for item in items {
            guard let earlier = first[item.hash] else {
                first[item.hash] = item
                continue
            }
            let place = "\(path):\(earlier.line) and \(path):\(item.line)"
            if earlier.label != item.label {
                if contradicted.insert(item.hash).inserted { conflicts.append(place) }
            } else if earlier.answer == item.answer {
                copies.append(place)
            }
        }
        var findings: [SurveyFinding] = []
        if !conflicts.isEmpty {
            findings.append(
                SurveyFinding(
                    .conflictingLabels, conflicts.count, "\(words(conflicts.count, "text")) with two labels", at: conflicts,
                    do: "keep the right one of each: no model can be right on both"))
        }
        if !copies.isEmpty {
            findings.append(
                SurveyFinding(
                    .duplicates, copies.count,
                    "\(copies.count) of \(words(items.count, "row")) \(copies.count == 1 ? "is a copy of an earlier one" : "are copies of earlier ones")",
                    at: copies, do: "remove the copies, or they count twice; `split` keeps copies in one part"))
        }
        return findings
    }

    /// What labels are that are probably not meant, and how many rows they have.
    func labelFindings(_ rows: SurveyRows, _ question: SurveyQuestion) -> [SurveyFinding] {
        guard !labels.isEmpty else { return [] }
        guard labels.count > 1 else {
            guard question.isFirst else { return [] }
            return [
                SurveyFinding(
                    .refused, 1, "every row is labeled '\(labels[0].name)'", at: [path],
                    do: "a classifier needs two labels at least, or there is nothing to tell apart")
            ]
        }
        var findings = LabelRemarks.all(of: rows.labeled, file: path).map {
            SurveyFinding(.doubtfulLabels, 1, $0, do: "give them one name where they are one")
        }
        let total = labels.reduce(0) { $0 + $1.rows }
        let rare = labels.filter { $0.rows < Self.few }
        if !rare.isEmpty, question.isFirst || total > Self.few * labels.count {
            let names = rare.prefix(8).map { "\($0.name) \($0.rows)" }.joined(separator: ", ") + (rare.count > 8 ? ", ..." : "")
            findings.append(
                SurveyFinding(
                    .rareLabels, rare.count, "\(Self.words(rare.count, "label")) with fewer than \(Self.few) rows: \(names)",
                    do: "find more of their rows, or put them together"))
        }
        if question.isFirst, total < Self.fewRows {
            findings.append(
                SurveyFinding(
                    .fewRows, total, "\(Self.words(total, "row")) to train on and to compare by",
                    do: "find some hundreds: by so few, settings cannot be told apart"))
        }
        if let most = labels.max(by: { $0.rows < $1.rows }), let least = labels.min(by: { $0.rows < $1.rows }),
            isUneven
        {
            let share = Self.percent(Double(most.rows) / Double(total))
            findings.append(
                SurveyFinding(
                    .imbalance, most.rows, "\(most.name) has \(most.rows) rows (\(share)), \(least.name) \(least.rows)",
                    do:
                        "compare by eval_f1, as whoever always says '\(most.name)' has an accuracy of \(share); try class_weights: "
                        + "balanced"))
        }
        return findings
    }

    /// Whether some label has several times as many rows as another.
    package var isUneven: Bool {
        let counts = labels.map(\.rows)
        guard let most = counts.max(), let least = counts.min() else { return false }
        return most >= Self.uneven * max(1, least)
    }

    private static let few = 5
    /// A fifth of which compares settings with a standard error of 20 points of accuracy.
    private static let fewRows = 30
    private static let uneven = 3
}
