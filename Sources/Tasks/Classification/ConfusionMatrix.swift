package import TrainerSettings

/// How often rows of each label were taken for which, for people to look at.
package struct ConfusionMatrix: Sendable, Hashable {
    package let labels: [String]
    /// [label][prediction]
    package let counts: [[Int]]

    /// Labels beyond which nobody looks at the matrix.
    package static let mostLabels = 40

    init?(_ confusion: Confusion, labels: [String]) {
        guard labels.count == confusion.labelCount, labels.count <= Self.mostLabels, confusion.total > 0 else { return nil }
        self.labels = labels
        counts = labels.indices.map { label in labels.indices.map { confusion.count(label, predicted: $0) } }
    }

    /// - Parameter step: of the evaluation.
    package func json(step: Int) -> SettingValue {
        .object([
            "step": .int(step), "labels": .array(labels.map(SettingValue.string)),
            "counts": .array(counts.map { .array($0.map(SettingValue.int)) }),
        ])
    }
}
