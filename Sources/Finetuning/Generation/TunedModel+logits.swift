import Backbones
import Layers
import Methods
import Tasks
import Tensors

extension TunedModel {
    /// What the model answers to some texts, row-major: a classifier's logits, or those of the token that follows each text.
    ///
    /// - Throws: `BatchError` for a text that the model cannot take.
    package func logits(of texts: [[Int32]]) throws -> [Float] {
        let batch = PackedBatch(sequences: texts)
        guard head.rows == .listed else { return try outputs(batch) }
        try backbone.check(batch.preceded(by: method.virtualTokenCount))
        return try writer().logits(after: texts, writingPass())
    }
}
