import Glibc

/// Loss, accuracy and macro F1 of a classifier, gathered batch by batch.
struct ClassificationMetrics: TaskEvaluation, Sendable, Hashable {
    private let labelCount: Int
    private var lossSum = 0.0
    /// [label, prediction]
    private var confusion: [Int]

    init(labelCount: Int) {
        self.labelCount = labelCount
        confusion = [Int](repeating: 0, count: labelCount * labelCount)
    }

    mutating func add(_ outputs: [Float], _ targets: Targets) { add(logits: outputs, labels: targets.classes) }

    /// - Parameter logits: row-major [labels.count, labelCount].
    mutating func add(logits: [Float], labels: [Int32]) {
        precondition(logits.count == labels.count * labelCount)
        for (row, label) in labels.enumerated() {
            let values = logits[row * labelCount..<(row + 1) * labelCount]
            let highest = values.max() ?? 0
            let sum = values.reduce(0.0) { $0 + exp(Double($1) - Double(highest)) }
            lossSum += log(sum) + Double(highest) - Double(values[values.startIndex + Int(label)])
            let prediction = values.firstIndex(of: highest) ?? values.startIndex
            confusion[Int(label) * labelCount + prediction - values.startIndex] += 1
        }
    }

    var count: Int { confusion.reduce(0, +) }
    /// Mean cross-entropy; NaN without examples.
    var loss: Double { lossSum / Double(count) }
    var accuracy: Double { Double((0..<labelCount).reduce(0) { $0 + confusion[$1 * labelCount + $1] }) / Double(count) }

    /// Those of the task, in its order.
    var values: [MetricValue] {
        [MetricValue("eval_loss", loss), MetricValue("eval_accuracy", accuracy), MetricValue("eval_f1", macroF1)]
    }

    /// The mean of each label's F1, as scikit-learn's f1_score(average="macro"): over labels that are true or predicted somewhere.
    var macroF1: Double {
        var scores: [Double] = []
        for label in 0..<labelCount {
            let hits = confusion[label * labelCount + label]
            let actual = (0..<labelCount).reduce(0) { $0 + confusion[label * labelCount + $1] }
            let predicted = (0..<labelCount).reduce(0) { $0 + confusion[$1 * labelCount + label] }
            if actual + predicted > 0 { scores.append(2 * Double(hits) / Double(actual + predicted)) }
        }
        return scores.reduce(0, +) / Double(scores.count)
    }
}
