package import TrainerSettings

/// What a study's data file holds, as it lies there now.
package struct DataFact: Sendable, Hashable {
    /// train, validation or test.
    package let part: String
    package let path: String
    /// nil: it could not be counted.
    package var rows: Int?
    /// How many rows each label has; none for texts without labels.
    package var labels: [String: Int] = [:]
    /// SHA-256; nil: it could not be read.
    package var digest: String?
    /// Why it could not be read or counted.
    package var problem: String?

    package init(part: String, path: String) { (self.part, self.path) = (part, path) }

    package var json: SettingValue {
        var object: [String: SettingValue] = ["path": .string(path), "rows": .integer(rows), "sha256": .text(digest)]
        if !labels.isEmpty { object["labels"] = .object(labels.mapValues(SettingValue.int)) }
        if let problem { object["problem"] = .string(problem) }
        return .object(object)
    }

    /// "8000 rows: 4012 negative, 3988 positive"
    package var contents: String {
        guard let rows else { return problem ?? "not counted" }
        let counts = labels.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.shortened(to: 40))" }
        let shown = counts.prefix(20).joined(separator: ", ") + (counts.count > 20 ? " and \(counts.count - 20) more" : "")
        return "\(rows) row\(rows == 1 ? "" : "s")" + (counts.isEmpty ? "" : ": " + shown)
    }
}
