import Backbones
import Methods
import Tasks
import TrainerSettings

extension TunedModel {
    /// The metrics over some examples in their order; nil when it was interrupted. Each batch's outputs can be had on the way, and all that
    /// was gathered at the end.
    func evaluate(
        _ examples: TokenizedExamples, of task: any TrainingTask, batchSize: Int, prefix: FrozenPrefix? = nil,
        isInterrupted: () -> Bool = { false },
        outputs take: ([Float]) -> Void = { _ in }, gathered: (any TaskEvaluation) -> Void = { _ in }
    ) throws -> [MetricValue]? {
        var evaluation = task.evaluation()
        for start in stride(from: 0, to: examples.count, by: batchSize) {
            if isInterrupted() { return nil }
            let indices = start..<min(start + batchSize, examples.count)
            let (batch, targets) = examples.batch(indices)
            let outputs = try outputs(batch, targets: targets, prefix: prefix?.rows(indices, batch), packs: start == 0)
            take(outputs)
            evaluation.add(outputs, targets)
        }
        gathered(evaluation)
        return evaluation.values
    }

    /// - Throws: ``InputError`` when the model cannot take such texts.
    func check(_ data: TaskData, _ settings: TrainerSettings) throws(InputError) {
        if settings.maxLength > positionCount {
            throw InputError(
                place: "max_length",
                problem: "found \(settings.maxLength), the model takes at most \(positionCount)"
                    + (positionCount < configuration.positionCount ? " beside its virtual tokens" : ""))
        }
        if let token = data.highestToken, token >= configuration.vocabularySize {
            throw InputError(
                place: settings.model,
                problem: "its tokenizer gives token \(token), the model's embeddings go to \(configuration.vocabularySize - 1)")
        }
    }
}

extension TrainerSettings {
    var seedBits: UInt64 { UInt64(bitPattern: Int64(seed)) }
}
