import Backbones
import Finetuning
import Foundation
import SpaceFiles
package import Tasks
import TrainerSettings
import Trainers

/// A first space file for a model and data: what is searched, how long, and why. It is checked as `check` does it.
package struct FirstSpace: Sendable {
    package let survey: DataSurvey
    package private(set) var text = ""
    /// What was decided, for people: "time: about 12 min".
    package private(set) var advice: [String] = []

    /// Of a trial that is trained to its end.
    package static let reportsOfATrial = FirstSettings.reports

    /// - Parameters:
    ///   - reports: that so many trials make together.
    ///   - progress: gets a line before what takes long.
    /// - Throws: an error that names the file or what is missing, and what to do.
    package init(_ request: SpaceRequest, reports: (Int) -> Int, progress: (String) -> Void) throws {
        let weights = try Architectures.weights(of: request.model)
        let count = try weights.check()
        var question = request.question
        question.model = request.model
        let parts = request.parts
        guard request.data.count <= DataPart.allCases.count else {
            throw InputError(
                place: "--data",
                problem: "found \(request.data.count) files, expected one, or those of train, validation and test")
        }
        if let twice = request.data.first(where: { file in request.data.count { $0 == file } > 1 }) {
            throw InputError(
                place: "--data",
                problem: "\(twice) is given twice; give one file alone to have it parted, or a file for each part")
        }
        survey = try DataSurvey(parts.map(\.file), question)
        let facts = SpaceFacts(configuration: weights.configuration, parameters: count, survey: survey, parts: parts)
        try Self.require(facts)
        progress("measuring how fast it trains here ...")
        var refusal: (any Error)?
        for split in Self.splits(facts) {
            do {
                (text, advice) = try FirstDraft(facts, request, split: split).finished(reports: reports)
                return
            } catch let error as InputError { refusal = refusal ?? error }
        }
        // What the rows lack tells more than what one way to part them came to.
        let lacks: Set<SurveyFinding.Kind> = [.rareLabels, .fewRows]
        if let lack = survey.files.first?.findings.first(where: { lacks.contains($0.kind) }) {
            throw InputError(
                place: request.data[0], problem: "cannot be parted into rows to train on and to compare by: \(lack.line)")
        }
        throw refusal ?? InputError(place: request.data[0], problem: "has no rows")
    }

    /// Refuses files that no trial could be run on, with what was found in them.
    private static func require(_ facts: SpaceFacts) throws {
        if let lack = try TrainingTasks.task(facts.task).head.lack(of: facts.configuration) {
            throw InputError(place: "--model", problem: lack)
        }
        let fatal: Set<SurveyFinding.Kind> = [.refused, .brokenRows, .missingLabels, .unknownLabels]
        guard let finding = facts.survey.allFindings.first(where: { fatal.contains($0.kind) }) else { return }
        throw InputError(place: facts.parts[0].file, problem: finding.line)
    }

    /// The shares that may do, where there is one file: a label with few rows may fall into one part alone.
    private static func splits(_ facts: SpaceFacts) -> [DataSplit] {
        guard facts.rows(.validation) == 0 else { return [DataSplit()] }
        let test = facts.rows(.test) == 0 && facts.rows(.train) >= 500
        let shares = facts.rows(.train) >= 500 ? [0.1, 0.15, 0.2] : [0.2, 0.3, 0.25, 0.15, 0.1, 0.4]
        return shares.map { DataSplit(validation: $0, test: test ? 0.1 : nil) }
    }
}
