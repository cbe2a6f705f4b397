import Testing
import TrainerSettings

@testable import Tasks

/// What the number of rows alone does to an evaluation's figures.
@Suite struct StandardErrorTests {
    /// [label, prediction] -> how often.
    private func confusion(_ counts: [[Int]]) -> Confusion {
        var confusion = Confusion(labelCount: counts.count)
        for (label, row) in counts.enumerated() {
            for (predicted, count) in row.enumerated() {
                for _ in 0..<count { confusion.add(label, predicted: predicted) }
            }
        }
        return confusion
    }

    /// The deviation of a figure over samples of the rows, drawn with replacement.
    private func bootstrap(_ counts: [[Int]], samples: Int, _ figure: (Confusion) -> Double) -> Double {
        let labels = counts.indices
        let rows = labels.flatMap { label in
            labels.flatMap { [(Int, Int)](repeating: (label, $0), count: counts[label][$0]) }
        }
        var state: UInt64 = 7
        func draw() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(rows.count))
        }
        let figures = (0..<samples).map { _ in
            var sample = Confusion(labelCount: counts.count)
            for _ in rows {
                let (label, predicted) = rows[draw()]
                sample.add(label, predicted: predicted)
            }
            return figure(sample)
        }
        let mean = figures.reduce(0, +) / Double(samples)
        return (figures.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples - 1)).squareRoot()
    }

    @Test func `accuracy's is binomial`() {
        // 90 of 120: sqrt(0.75 * 0.25 / 120)
        #expect(abs(confusion([[50, 10], [20, 40]]).accuracyError - 0.039_528_470_752_104_74) < 1e-12)
        #expect(confusion([[3, 0], [0, 4]]).accuracyError == 0)
    }

    @Test func `the mean loss's is the rows' deviation by the root of their number`() throws {
        var mean = RowMean()
        for figure in [0.1, 0.4, 2.5, 0.25, 0.9] { mean.add(figure) }
        // numpy: std(ddof=1) / sqrt(5)
        #expect(abs(try #require(mean.standardError) - 0.438_634_243_989_226_24) < 1e-12)
        #expect(abs(mean.mean - 0.83) < 1e-12)
    }

    @Test func `rows far from zero lose no digits`() throws {
        var mean = RowMean()
        for figure in [1e9 + 1, 1e9 + 2, 1e9 + 3] { mean.add(figure) }
        #expect(abs(try #require(mean.standardError) - (1.0 / 3).squareRoot()) < 1e-9)
    }

    @Test func `too few rows, and rows that are no numbers, have none`() {
        var mean = RowMean()
        #expect(mean.standardError == nil)
        mean.add(1)
        #expect(mean.standardError == nil)
        mean.add(.nan)
        #expect(mean.standardError == nil && mean.mean.isNaN)
        var metrics = ClassificationMetrics(labels: ["a", "b"])
        #expect(metrics.values.allSatisfy { $0.standardError == nil })
        metrics.add(logits: [.nan, .nan, 1, 2], labels: [1, 1])
        #expect(metrics.values[0].standardError == nil && metrics.values[1].standardError != nil)
    }

    @Test(arguments: [
        [[480, 95], [110, 370]], [[700, 20], [60, 40]], [[90, 12, 8], [15, 60, 10], [3, 7, 45]],
    ])
    func `macro F1's is what a bootstrap over the rows comes to`(counts: [[Int]]) {
        let drawn = bootstrap(counts, samples: 1500) { $0.macroF1 }
        let error = confusion(counts).macroF1Error
        // 1500 samples tell a deviation to 2 %; the rest is what the first order leaves out.
        #expect(abs(error / drawn - 1) < 0.06, "\(error) beside \(drawn)")
    }

    @Test func `macro F1's leaves out a label that is neither true nor predicted`() {
        #expect(
            confusion([[50, 10], [20, 40]]).macroF1Error == confusion([[50, 10, 0], [20, 40, 0], [0, 0, 0]]).macroF1Error)
        #expect(confusion([[5, 0], [0, 5]]).macroF1Error == 0)
    }

    @Test func `a metric's stands beside it under its name, and what is no error is none`() {
        let metrics = [
            MetricValue("eval_loss", 0.5, standardError: 0.25), MetricValue("eval_accuracy", 1, standardError: .nan),
            MetricValue("eval_f1", 1, standardError: -1), MetricValue("eval_error", 1, standardError: 0),
        ]
        #expect(
            metrics.entries.map(\.key) == [
                "eval_loss", "eval_loss_se", "eval_accuracy", "eval_f1", "eval_error", "eval_error_se",
            ])
        #expect(metrics.entries[1].value == .double(0.25))
    }
}
