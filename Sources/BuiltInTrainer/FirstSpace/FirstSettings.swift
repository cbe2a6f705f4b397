import Backbones
import Foundation
import Tasks
import TrainerSettings

/// What a first study of a model and data is run with, each with its reason.
struct FirstSettings {
    let facts: SpaceFacts
    /// The shares of the training file that are other parts.
    let split: DataSplit
    let maxLength: Int
    let batchSize: Int
    let evalSteps: Int

    /// Reports of a full trial: rungs at 1, 3 and 9.
    static let reports = 9

    var steps: Int { Self.reports * evalSteps }

    init(_ facts: SpaceFacts, split: DataSplit) {
        (self.facts, self.split) = (facts, split)
        maxLength = Self.length(facts)
        let rows = facts.trainingRows(split)
        batchSize = Self.batch(rows, facts, maxLength)
        let stepsPerEpoch = max(1, rows / batchSize)
        let wanted = min(Self.passes(rows) * stepsPerEpoch, facts.isLanguageModel ? 450 : 900)
        evalSteps = max(2, (wanted + Self.reports / 2) / Self.reports)
    }

    /// The least usual length that leaves 99 of 100 texts whole.
    private static func length(_ facts: SpaceFacts) -> Int {
        let wanted = max(facts.tokens.percentile(99), 8)
        let most = min(facts.configuration.positionCount, facts.isLanguageModel ? 1024 : 512)
        return min(lengths.first { $0 >= wanted } ?? most, most)
    }

    private static let lengths = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

    private static func batch(_ rows: Int, _ facts: SpaceFacts, _ length: Int) -> Int {
        let usual = facts.isLanguageModel ? (rows >= 64 ? 8 : 4) : rows >= 2000 ? 32 : rows >= 300 ? 16 : 8
        // So that an epoch has several steps, and a step no more tokens than some thousand.
        return max(1, min(usual, rows / 4, max(1, 8192 / length)))
    }

    private static func passes(_ rows: Int) -> Int { rows >= 2000 ? 3 : rows >= 500 ? 5 : 10 }

    var passes: Double { Double(steps * batchSize) / Double(max(1, facts.trainingRows(split))) }

    var lengthReason: String {
        let cut = facts.tokens.share(above: maxLength)
        let share = cut > 0 ? "\(SpaceFacts.percent(cut)) of them lose their end" : "none is cut"
        return
            "99 % of the texts have at most \(facts.tokens.percentile(99)) tokens, the longest has \(facts.tokens.longest): \(share)."
    }

    var batchReason: String {
        let rows = facts.trainingRows(split)
        let small = rows < 300 ? "small, as there are few rows: an epoch has steps enough to learn something" : "the usual size"
        return "\(small) (\(max(1, rows / batchSize)) steps an epoch); LoRA gains nothing by large batches."
    }

    var stepsReason: String {
        let passes = (passes * 10).rounded() / 10
        return
            "About \(SettingValue.short(passes)) passes over the \(facts.trainingRows(split)) rows to train on, with \(Self.reports) reports: what a trial is compared by at its rungs."
    }
}

/// What was found out before anything is decided.
struct SpaceFacts {
    let configuration: any BackboneConfiguration
    /// Numbers of the model.
    let parameters: Int
    let survey: DataSurvey
    let parts: [(part: DataPart, file: String)]

    var task: TrainerSettings.Task { survey.files[0].task }
    var isLanguageModel: Bool { task == .causalLanguageModel }
    /// Of the rows to train on.
    var tokens: LengthSpread { survey.files[0].tokens ?? LengthSpread([]) }

    func rows(_ part: DataPart) -> Int {
        zip(parts, survey.files).first { $0.0.part == part }?.1.rows ?? 0
    }

    func trainingRows(_ split: DataSplit) -> Int {
        Int(Double(rows(.train)) * (1 - (split.validation ?? 0) - (split.test ?? 0)))
    }

    func validationRows(_ split: DataSplit) -> Int {
        split.validation.map { Int(Double(rows(.train)) * $0) } ?? rows(.validation)
    }

    static func percent(_ share: Double) -> String {
        share < 0.01 ? "under 1 %" : "\(Int((100 * share).rounded())) %"
    }
}
