import FoundationEssentials
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// How often rows of each label were taken for which: a square of counts from a program that nobody vouches for.
enum ConfusionAnswer {
    private static let mostLabels = 40
    private static let mostBytes = 256 << 10
    /// What a report calls it, Hugging Face's way first.
    private static let names = ["eval_confusion_matrix", "confusion_matrix"]

    /// From the file that the built-in trainer leaves, else from the latest report's texts; null: there is none.
    static func json(of trial: RecordedTrial, in folder: StudyFolder) -> SettingValue {
        let file = folder.confusion(of: trial.record.id)
        if let data = try? RegularFile.read(file, atMost: mostBytes, links: .refused),
            let told = try? JSONInput.decode(SettingValue.self, from: data, of: file), case .object(let words) = told
        {
            return json(words["counts"], words["labels"], step: words["step"]?.integer)
        }
        let details = trial.reports.last?.details ?? [:]
        func value(_ name: String) -> SettingValue? {
            details[name].flatMap { try? JSONInput.decode(SettingValue.self, from: Data($0.utf8), of: name) }
        }
        return json(names.lazy.compactMap(value).first, value("labels"), step: trial.reports.last?.step)
    }

    private static func json(_ counts: SettingValue?, _ labels: SettingValue?, step: Int?) -> SettingValue {
        guard case .array(let rows)? = counts, (1...mostLabels).contains(rows.count) else { return .null }
        for row in rows {
            guard case .array(let cells) = row, cells.count == rows.count, cells.allSatisfy({ $0.number != nil }) else {
                return .null
            }
        }
        guard case .array(let names)? = labels, names.count == rows.count else {
            let numbers = rows.indices.map { SettingValue.string("\($0)") }
            return .object(["counts": .array(rows), "labels": .array(numbers), "step": .integer(step)])
        }
        let texts = names.map { SettingValue.string($0.text ?? "\($0)") }
        return .object(["counts": .array(rows), "labels": .array(texts), "step": .integer(step)])
    }
}
