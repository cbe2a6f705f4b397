import Finetuning
import SearchSpaces
import TrainerSettings

extension Preflight {
    /// What a study's data come to.
    struct StudyData {
        /// In the order of their numbers.
        let labels: [String]
        var findings: [Finding] = []
        var warnings: [String] = []
    }

    /// Reads the data as a trial would, those of every choice.
    ///
    /// - Throws: `InputError` naming file and line; `TrainerSettingsError`.
    func data() throws -> StudyData {
        var seen: Set<[String?]> = []
        var labels: [String]?
        var findings: [Finding] = []
        for assignment in choices(of: ["train", "validation", "test"]) {
            let settings = try settings(assignment)
            guard seen.insert([settings.train, settings.validation, settings.test]).inserted else { continue }
            let summary = try DataSummary(settings)
            labels = labels ?? summary.labels
            let test = summary.testCount.map { ", \($0) to test" } ?? ""
            findings.append(
                Finding(
                    kind: "data",
                    text: "\(summary.trainingCount) texts to train, \(summary.validationCount) to validate\(test); "
                        + "\(summary.labels.count) labels"))
        }
        return StudyData(labels: labels ?? [], findings: findings)
    }
}
