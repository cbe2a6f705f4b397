import Glibc

/// Loss, perplexity and accuracy over tokens, gathered batch by batch.
struct CausalLMMetrics: TaskEvaluation, Sendable, Hashable {
    private var losses = RatioMean()
    private var hits = RatioMean()

    mutating func add(_ outputs: [Float], _ targets: Targets) {
        precondition(outputs.count == 2 * targets.classes.count)
        var place = 0
        for count in targets.counts {
            var (loss, right) = (0.0, 0.0)
            for token in place..<place + count {
                loss += Double(outputs[2 * token])
                right += Double(outputs[2 * token + 1])
            }
            losses.add(sum: loss, items: count)
            hits.add(sum: right, items: count)
            place += count
        }
    }

    /// Perplexity's error is the loss's, by its slope.
    var values: [MetricValue] {
        let perplexity = exp(losses.mean)
        return [
            MetricValue("eval_loss", losses.mean, standardError: losses.standardError),
            MetricValue("eval_perplexity", perplexity, standardError: losses.standardError.map { $0 * perplexity }),
            MetricValue("eval_token_accuracy", hits.mean, standardError: hits.standardError),
        ]
    }
}
