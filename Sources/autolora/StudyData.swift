import Foundation
import SearchSpaces
import StudyViews
import Tasks
import TrainerSettings

/// The data files that a study's trainer is given: their rows and labels, and their checksums.
enum StudyData {
    /// - Parameter counts: whether rows and labels are counted too.
    /// - Returns: those that the section names as `train`, `validation` and `test`; none for a program that is told of its data otherwise.
    static func facts(of specification: StudySpecification, counts: Bool = true) -> [DataFact] {
        let settings = specification.trainer.settings
        var question = SurveyQuestion()
        question.text = settings["text_column"]?.text
        question.label = settings["label_column"]?.text
        question.task = settings["task"]?.text.flatMap(TrainerSettings.Task.init(rawValue:))
        return DataPart.allCases.compactMap { part in
            guard let given = settings[part.rawValue]?.text else { return nil }
            let path = URL(filePath: given, relativeTo: URL(filePath: specification.folder, directoryHint: .isDirectory))
                .standardizedFileURL.path(percentEncoded: false)
            var fact = DataFact(part: part.rawValue, path: given)
            do throws(RegularFileError) {
                fact.digest = try SHA256.digest(of: path)
            } catch {
                fact.problem = error.problem
                return fact
            }
            guard counts else { return fact }
            do {
                let file = try FileSurvey(path, question)
                fact.rows = file.rows
                fact.labels = Dictionary(file.labels.map { ($0.name, $0.rows) }) { first, _ in first }
            } catch { fact.problem = "its rows were not counted: \(error)" }
            return fact
        }
    }
}
