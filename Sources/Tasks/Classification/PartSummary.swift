import TrainerSettings

/// The rows of one part of the data, counted by label.
struct PartSummary: Sendable, Hashable {
    let part: DataPart
    let rows: Int
    /// Of each class, in the order of their numbers.
    let counts: [Int]
    let labels: [String]

    init(_ part: DataPart, counts: [Int], labels: [String]) {
        (self.part, self.counts, self.labels) = (part, counts, labels)
        rows = counts.reduce(0, +)
    }

    /// - Throws: ``InputError`` naming the line of a label that training never shows.
    init(_ part: DataPart, _ examples: [LabeledText], _ labels: LabelNumbers, _ source: DataSource) throws(InputError) {
        var counts = [Int](repeating: 0, count: labels.names.count)
        for example in examples {
            counts[Int(try labels.number(of: example.label, file: source.path, line: example.line))] += 1
        }
        self.init(part, counts: counts, labels: labels.names)
    }

    /// "8446 rows: bad 4223 (50 %), good 4223 (50 %)"; of many labels the most and the least frequent.
    var text: String {
        let total = "\(rows) row\(rows == 1 ? "" : "s")"
        guard counts.count > Self.shown else { return total + ": " + zip(labels, counts).map(share).joined(separator: ", ") }
        let ranked = zip(labels, counts).sorted { $0.1 > $1.1 }
        return total + " of \(counts.count) labels, from \(share(ranked[0].0, ranked[0].1)) to "
            + share(ranked[ranked.count - 1].0, ranked[ranked.count - 1].1)
    }

    private static let shown = 12

    private func share(_ label: String, _ count: Int) -> String {
        let percent = 100 * Double(count) / Double(max(1, rows))
        let digits = percent == 0 || percent >= 1 ? "\(Int(percent.rounded()))" : "under 1"
        return "\(label) \(count) (\(digits) %)"
    }

    /// What a score on such rows hides.
    var remarks: [String] {
        var remarks: [String] = []
        if part == .validation, let most = counts.max(), most * 10 >= rows * 9, let label = counts.firstIndex(of: most) {
            let score = SettingValue.short((1000 * Double(most) / Double(rows)).rounded() / 1000)
            remarks.append(
                "\(most) of \(rows) rows of validation are \(labels[label]): whoever always says so has an accuracy of \(score); "
                    + "eval_f1 tells more")
        }
        let missing = zip(labels, counts).filter { $0.1 == 0 }.map(\.0)
        if !missing.isEmpty {
            let list = missing.prefix(8).joined(separator: ", ") + (missing.count > 8 ? ", ..." : "")
            remarks.append("no row of \(part.rawValue) is labeled \(list)")
        }
        let single = zip(labels, counts).filter { $0.1 == 1 }.map(\.0)
        if part == .train, !single.isEmpty, rows > 2 * counts.count {
            remarks.append(
                "a single row to train on is labeled \(single.prefix(8).joined(separator: ", "))\(single.count > 8 ? ", ..." : "")"
            )
        }
        return remarks
    }
}
