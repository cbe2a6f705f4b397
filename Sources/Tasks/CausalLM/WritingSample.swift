package import Tokenizers
import TrainerSettings

/// What a model is asked in an evaluation, and what it should answer.
package struct WritingSample: Sendable {
    package let prompts: [[Int32]]
    package let answers: [String]
    /// Tokens of an answer at most.
    package let limit: Int
    package let tokenizer: any Tokenizer

    /// Some of the rows from all over a file, the same ones each time.
    static func rows<Row>(_ rows: [Row], count: Int) -> [Row] {
        guard rows.count > count else { return rows }
        return (0..<count).map { rows[$0 * rows.count / count] }
    }

    /// How good the answers are that the model wrote.
    ///
    /// - Parameter texts: tokens of each answer, without the one that ended it.
    package func scored(_ texts: [[Int32]]) -> [MetricValue] {
        var written = WrittenTexts()
        for (tokens, answer) in zip(texts, answers) {
            written.add(tokenizer.decode(tokens, skippingSpecial: true), reference: answer)
        }
        return written.values
    }
}
