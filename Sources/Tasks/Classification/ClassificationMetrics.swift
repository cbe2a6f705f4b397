import Glibc

/// Loss, accuracy and macro F1 of a classifier, gathered batch by batch.
struct ClassificationMetrics: TaskEvaluation, Sendable, Hashable {
    private var losses = RowMean()
    private var counts: Confusion
    private let labels: [String]

    init(labels: [String]) { (self.labels, counts) = (labels, Confusion(labelCount: labels.count)) }

    var confusion: ConfusionMatrix? { ConfusionMatrix(counts, labels: labels) }

    mutating func add(_ outputs: [Float], _ targets: Targets) { add(logits: outputs, labels: targets.classes) }

    /// - Parameter logits: row-major [labels.count, labelCount].
    mutating func add(logits: [Float], labels: [Int32]) {
        let labelCount = counts.labelCount
        precondition(logits.count == labels.count * labelCount)
        for (row, label) in labels.enumerated() {
            let values = logits[row * labelCount..<(row + 1) * labelCount]
            let highest = values.max() ?? 0
            let sum = values.reduce(0.0) { $0 + exp(Double($1) - Double(highest)) }
            losses.add(log(sum) + Double(highest) - Double(values[values.startIndex + Int(label)]))
            let prediction = values.firstIndex(of: highest) ?? values.startIndex
            counts.add(Int(label), predicted: prediction - values.startIndex)
        }
    }

    var count: Int { counts.total }
    /// Mean cross-entropy; NaN without examples.
    var loss: Double { losses.mean }
    var accuracy: Double { counts.accuracy }
    var macroF1: Double { counts.macroF1 }

    /// Those of the task, in its order.
    var values: [MetricValue] {
        [
            MetricValue("eval_loss", loss, standardError: losses.standardError),
            MetricValue("eval_accuracy", accuracy, standardError: counts.accuracyError),
            MetricValue("eval_f1", macroF1, standardError: counts.macroF1Error),
        ]
    }
}
