/// How often each label was taken for which, and what follows from that.
package struct Confusion: Sendable, Hashable {
    let labelCount: Int
    /// [label, prediction]
    private var counts: [Int]
    private(set) var total = 0

    init(labelCount: Int) {
        self.labelCount = labelCount
        counts = [Int](repeating: 0, count: labelCount * labelCount)
    }

    mutating func add(_ label: Int, predicted: Int) {
        counts[label * labelCount + predicted] += 1
        total += 1
    }

    package func count(_ label: Int, predicted: Int) -> Int { counts[label * labelCount + predicted] }

    var accuracy: Double { Double((0..<labelCount).reduce(0) { $0 + count($1, predicted: $1) }) / Double(total) }

    /// Binomial: the root of p (1 - p) / n. It is 0 where all rows are right, or none.
    var accuracyError: Double { (accuracy * (1 - accuracy) / Double(total)).squareRoot() }

    /// The mean of each label's F1, as scikit-learn's f1_score(average="macro"): over labels that are true or predicted somewhere.
    var macroF1: Double {
        let scores = labelScores
        return scores.reduce(0) { $0 + $1.f1 } / Double(scores.count)
    }

    /// By the delta method: the deviation of what each row adds to the score to first order, by the root of their number. That is
    /// what a bootstrap over the rows comes to, as long as no label is very rare.
    var macroF1Error: Double {
        let (scores, rows) = (labelScores, Double(total))
        var slopes = [(f1: Double, weight: Double)](repeating: (0, 0), count: labelCount)
        for score in scores { slopes[score.label] = (score.f1, rows / Double(score.mentions) / Double(scores.count)) }
        // A row adds to its label's mentions and to its prediction's, and to the hits where they are one.
        func influence(_ label: Int, _ predicted: Int) -> Double {
            let (own, other) = (slopes[label], slopes[predicted])
            return label == predicted ? 2 * own.weight * (1 - own.f1) : -own.weight * own.f1 - other.weight * other.f1
        }
        var squares = 0.0
        for label in 0..<labelCount {
            for predicted in 0..<labelCount {
                let influence = influence(label, predicted)
                squares += Double(count(label, predicted: predicted)) * influence * influence
            }
        }
        return squares.squareRoot() / rows
    }

    private struct LabelScore {
        let label: Int
        /// How many rows have the label, and how many were said to.
        let mentions: Int
        let f1: Double
    }

    private var labelScores: [LabelScore] {
        var (actual, predicted) = ([Int](repeating: 0, count: labelCount), [Int](repeating: 0, count: labelCount))
        for (index, count) in counts.enumerated() {
            actual[index / labelCount] += count
            predicted[index % labelCount] += count
        }
        return (0..<labelCount).compactMap { label in
            let mentions = actual[label] + predicted[label]
            guard mentions > 0 else { return nil }
            return LabelScore(
                label: label, mentions: mentions, f1: 2 * Double(count(label, predicted: label)) / Double(mentions))
        }
    }
}
