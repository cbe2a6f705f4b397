import Backbones
import Methods
import Tasks
import TrainerSettings

extension TunedModel {
    /// The metrics over some examples in their order; nil when it was interrupted. Each batch's logits can be had on the way.
    func evaluate(
        _ examples: TokenizedExamples, batchSize: Int, prefix: FrozenPrefix? = nil, isInterrupted: () -> Bool = { false },
        logits take: ([Float]) -> Void = { _ in }
    ) throws -> ClassificationMetrics? {
        var metrics = ClassificationMetrics(labelCount: head.outputCount)
        for start in stride(from: 0, to: examples.count, by: batchSize) {
            if isInterrupted() { return nil }
            let indices = start..<min(start + batchSize, examples.count)
            let (batch, labels) = examples.batch(indices)
            let logits = try outputs(batch, prefix: prefix?.rows(indices, batch))
            take(logits)
            metrics.add(logits: logits, labels: labels)
        }
        return metrics
    }

    /// - Throws: ``InputError`` when the model cannot take such texts.
    func check(_ data: ClassificationData, _ settings: TrainerSettings) throws(InputError) {
        if settings.maxLength > configuration.positionCount {
            throw InputError(
                place: "max_length",
                problem: "found \(settings.maxLength), the model takes at most \(configuration.positionCount)")
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
