import Testing

@testable import Tasks

@Suite struct MetricsTests {
    /// Logits that predict each label clearly.
    private func metrics(labelCount: Int, actual: [Int32], predicted: [Int]) -> ClassificationMetrics {
        var metrics = ClassificationMetrics(labels: (0..<labelCount).map { "\($0)" })
        for (label, prediction) in zip(actual, predicted) {
            metrics.add(logits: (0..<labelCount).map { $0 == prediction ? 5 : 0 }, labels: [label])
        }
        return metrics
    }

    @Test func `accuracy and macro F1 are counted over labels`() {
        // F1 by label: 2*2/(3+3), 2*1/(2+2), 2*1/(1+1).
        let metrics = metrics(labelCount: 3, actual: [0, 0, 0, 1, 1, 2], predicted: [0, 0, 1, 1, 0, 2])
        #expect(metrics.count == 6)
        #expect(abs(metrics.accuracy - 4.0 / 6) < 1e-12)
        #expect(abs(metrics.macroF1 - (2.0 * 2 / 6 + 2.0 * 1 / 4 + 1) / 3) < 1e-12)
    }

    @Test func `a label neither true nor predicted has no F1, one never hit has zero`() {
        #expect(metrics(labelCount: 3, actual: [0, 1], predicted: [0, 1]).macroF1 == 1)
        #expect(abs(metrics(labelCount: 3, actual: [0, 1], predicted: [0, 2]).macroF1 - 1.0 / 3) < 1e-12)
    }

    @Test func `the loss is the mean cross-entropy, also of large logits`() {
        var metrics = ClassificationMetrics(labels: ["a", "b"])
        metrics.add(logits: [1, 3, 1000, 0], labels: [0, 0])
        #expect(abs(metrics.loss - (2.1269280110429727 + 0) / 2) < 1e-9)
    }

    @Test func `logits that are no numbers make the loss none`() {
        var metrics = ClassificationMetrics(labels: ["a", "b"])
        metrics.add(logits: [.nan, .nan], labels: [1])
        #expect(metrics.loss.isNaN)
        #expect(metrics.count == 1)
    }

    @Test func `batches add up as one`() {
        var apart = ClassificationMetrics(labels: ["a", "b"])
        apart.add(logits: [1, 2], labels: [0])
        apart.add(logits: [0.5, -1, 3, 3], labels: [0, 1])
        var together = ClassificationMetrics(labels: ["a", "b"])
        together.add(logits: [1, 2, 0.5, -1, 3, 3], labels: [0, 0, 1])
        #expect(apart == together)
    }
}
