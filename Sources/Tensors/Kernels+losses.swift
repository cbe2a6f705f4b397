import CKernels

/// Where a loss and a hit for each row go.
package struct TokenLosses {
    /// -log p of the target.
    package let losses: Floats
    /// 1 where no logit is greater than the target's, else 0.
    package let hits: Floats

    package init(losses: Floats, hits: Floats) { (self.losses, self.hits) = (losses, hits) }
}

/// Logits [rows, classes], `stride` floats from row to row.
package struct Logits {
    package let values: Floats
    package let (rows, classes, stride): (Int, Int, Int)

    package init(_ values: Floats, rows: Int, classes: Int, stride: Int) {
        self.values = values
        (self.rows, self.classes, self.stride) = (rows, classes, stride)
    }
}

extension Kernels {
    /// The cross-entropy of each row.
    ///
    /// - Parameter gradientScale: the logits become scale * (softmax - one-hot); nil: they stay.
    package func tokenLosses(
        _ logits: Logits, targets: UnsafePointer<Int32>, into results: TokenLosses, gradientScale scale: Float? = nil
    ) {
        table.pointee.token_losses(
            logits.values, logits.stride, targets, logits.rows, logits.classes, scale ?? 0, scale == nil ? 0 : 1,
            results.losses,
            results.hits)
    }
}
