/// What a classifier does class by class.
package struct ClassificationReport: Sendable, Hashable {
    /// One class, as scikit-learn's classification_report has it: 0 where nothing is divided by.
    package struct ClassFigures: Sendable, Hashable {
        package let label: String
        package let (precision, recall, f1): (Double, Double, Double)
        /// Texts that are of it.
        package let support: Int
    }

    package let labels: [String]
    package private(set) var confusion: Confusion
    package private(set) var calibration = Calibration()

    /// - Parameters:
    ///   - logits: row-major [classes.count, labels.count].
    ///   - classes: what each text is of.
    package init(logits: [Float], classes: [Int32], labels: [String]) {
        precondition(logits.count == classes.count * labels.count)
        self.labels = labels
        confusion = Confusion(labelCount: labels.count)
        for (row, label) in classes.enumerated() {
            let probabilities = Softmax.probabilities(logits[row * labels.count..<(row + 1) * labels.count])
            let highest = probabilities.max() ?? 0
            let predicted = probabilities.firstIndex(of: highest) ?? 0
            confusion.add(Int(label), predicted: predicted)
            calibration.add(confidence: highest, isRight: predicted == Int(label))
        }
    }

    package var classes: [ClassFigures] {
        labels.indices.map { label in
            let hits = confusion.count(label, predicted: label)
            let support = labels.indices.reduce(0) { $0 + confusion.count(label, predicted: $1) }
            let said = labels.indices.reduce(0) { $0 + confusion.count($1, predicted: label) }
            func share(_ part: Int, of whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
            return ClassFigures(
                label: labels[label], precision: share(hits, of: said), recall: share(hits, of: support),
                f1: share(2 * hits, of: said + support), support: support)
        }
    }
}
