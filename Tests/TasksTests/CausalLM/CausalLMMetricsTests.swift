import Foundation
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct CausalLMMetricsTests {
    /// Texts of these losses a token.
    private func metrics(_ texts: [[Float]]) -> CausalLMMetrics {
        var metrics = CausalLMMetrics()
        for text in texts {
            let outputs = text.flatMap { [$0, $0 < 1 ? 1 : 0] }
            metrics.add(outputs, Targets(classes: text.map { _ in 0 }, counts: [text.count]))
        }
        return metrics
    }

    @Test func `loss and accuracy are over tokens, not over texts or batches`() {
        let values = metrics([[0.5, 2, 1.5, 3], [0.25]]).values
        #expect(values.map(\.name) == ["eval_loss", "eval_perplexity", "eval_token_accuracy"])
        #expect(abs(values[0].value - 7.25 / 5) < 1e-12 && abs(values[2].value - 2.0 / 5) < 1e-12)
        #expect(abs(values[1].value - exp(7.25 / 5)) < 1e-9)
        #expect(CausalLMMetrics().values.allSatisfy { $0.value.isNaN && $0.standardError == nil })
    }

    @Test func `standard errors are those of drawing texts again, not tokens`() throws {
        let texts: [[Float]] = (0..<80).map { text in (0...(text * 7 % 13)).map { Float((text * 5 + $0) % 9) / 4 } }
        let values = metrics(texts).values
        let drawn = RedrawnRows.standardError(rows: texts.count) { metrics($0.map { texts[$0] }).values[0].value }
        let error = try #require(values[0].standardError)
        // 2000 draws tell a deviation to 1.6 %; the rest is what the first order leaves out.
        #expect(abs(error / (try #require(drawn)) - 1) < 0.08, "\(error)")
        #expect(abs(try #require(values[1].standardError) - error * values[1].value) < 1e-12)
        #expect(metrics([[1, 2]]).values[0].standardError == nil)
    }

    @Test func `targets keep to their texts`() {
        let targets = Targets(classes: [5, 6, 7, 8, 9, 10], counts: [2, 0, 3, 1])
        #expect(targets.counts == [2, 0, 3, 1])
        let part = targets.of([2, 0, 1])
        #expect(part.classes == [7, 8, 9, 5, 6] && part.counts == [3, 2, 0])
        #expect(Targets(classes: [4, 5]).of([1]) == Targets(classes: [5]) && Targets(classes: [4]).counts.isEmpty)
    }
}
