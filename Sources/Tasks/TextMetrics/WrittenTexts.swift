/// Texts that a model wrote, each beside the one that was wanted, and how good they are.
package struct WrittenTexts: Sendable, Hashable {
    private var exact = RowMean()
    private var normalized = RowMean()
    private var overlap = RowMean()
    private var rouge = RowMean()
    private var bleu: [BLEU] = []

    package init() {}

    package mutating func add(_ text: String, reference: String) {
        exact.add(AnswerMatch.isExact(text, reference: reference) ? 1 : 0)
        normalized.add(AnswerMatch.isNormalizedExact(text, reference: reference) ? 1 : 0)
        overlap.add(AnswerMatch.f1(text, reference: reference))
        rouge.add(RougeL.score(text, reference: reference))
        bleu.append(BLEU(text, reference: reference))
    }

    package var count: Int { bleu.count }

    /// NaN without texts.
    package var values: [MetricValue] {
        [
            MetricValue("eval_exact_match", exact.mean, standardError: exact.standardError),
            MetricValue("eval_normalized_match", normalized.mean, standardError: normalized.standardError),
            MetricValue("eval_f1", overlap.mean, standardError: overlap.standardError),
            MetricValue(
                "eval_bleu", bleu.isEmpty ? .nan : Self.score(bleu, bleu.indices),
                standardError: RedrawnRows.standardError(rows: bleu.count) { Self.score(bleu, $0) }),
            MetricValue("eval_rouge_l", rouge.mean, standardError: rouge.standardError),
        ]
    }

    private static func score(_ texts: [BLEU], _ rows: some Sequence<Int>) -> Double {
        rows.reduce(into: BLEU()) { $0.add(texts[$1]) }.score
    }
}
