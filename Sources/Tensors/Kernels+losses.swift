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
    /// The model's logits are cap * tanh(these / cap); nil: these.
    package let cap: Float?

    package init(_ values: Floats, rows: Int, classes: Int, stride: Int, cap: Float? = nil) {
        self.values = values
        (self.rows, self.classes, self.stride) = (rows, classes, stride)
        self.cap = cap
    }
}

extension Kernels {
    /// Makes the logits the model's, where they are bounded.
    package func bound(_ logits: Logits) {
        guard let cap = logits.cap else { return }
        table.pointee.softcap(logits.values, logits.stride, logits.rows, logits.classes, 1, cap)
    }

    /// The cross-entropy of each row, bounded where the model's are.
    ///
    /// - Parameter gradientScale: the logits become their gradient, scale * (softmax - one-hot) where nothing bounds them; nil: they
    ///   stay the model's.
    package func tokenLosses(
        _ logits: Logits, targets: UnsafePointer<Int32>, into results: TokenLosses, gradientScale scale: Float? = nil
    ) {
        bound(logits)
        table.pointee.token_losses(
            logits.values, logits.stride, targets, logits.rows, logits.classes, scale ?? 0, scale == nil ? 0 : 1,
            logits.cap ?? 0, results.losses, results.hits)
    }
}
