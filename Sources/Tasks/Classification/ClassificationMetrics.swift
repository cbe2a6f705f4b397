import Glibc

/// Loss, accuracy and macro F1 of a classifier, gathered batch by batch.
struct ClassificationMetrics: TaskEvaluation, Sendable, Hashable {
    private var losses = RowMean()
    private var confusion: Confusion

    init(labelCount: Int) { confusion = Confusion(labelCount: labelCount) }

    mutating func add(_ outputs: [Float], _ targets: Targets) { add(logits: outputs, labels: targets.classes) }

    /// - Parameter logits: row-major [labels.count, labelCount].
    mutating func add(logits: [Float], labels: [Int32]) {
        let labelCount = confusion.labelCount
        precondition(logits.count == labels.count * labelCount)
        for (row, label) in labels.enumerated() {
            let values = logits[row * labelCount..<(row + 1) * labelCount]
            let highest = values.max() ?? 0
            let sum = values.reduce(0.0) { $0 + exp(Double($1) - Double(highest)) }
            losses.add(log(sum) + Double(highest) - Double(values[values.startIndex + Int(label)]))
            let prediction = values.firstIndex(of: highest) ?? values.startIndex
            confusion.add(Int(label), predicted: prediction - values.startIndex)
        }
    }

    var count: Int { confusion.total }
    /// Mean cross-entropy; NaN without examples.
    var loss: Double { losses.mean }
    var accuracy: Double { confusion.accuracy }
    var macroF1: Double { confusion.macroF1 }

    /// Those of the task, in its order.
    var values: [MetricValue] {
        [
            MetricValue("eval_loss", loss, standardError: losses.standardError),
            MetricValue("eval_accuracy", accuracy, standardError: confusion.accuracyError),
            MetricValue("eval_f1", macroF1, standardError: confusion.macroF1Error),
        ]
    }
}
