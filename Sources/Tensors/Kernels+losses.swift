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
    /// - Parameters:
    ///   - gradientScale: the logits become their gradient, scale * (softmax - one-hot) where nothing bounds them; nil: they stay the
    ///     model's.
    ///   - smoothing: the share of the loss that is the mean over all classes instead of the target's.
    package func tokenLosses(
        _ logits: Logits, targets: UnsafePointer<Int32>, into results: TokenLosses, gradientScale scale: Float? = nil,
        smoothing: Float = 0
    ) {
        bound(logits)
        table.pointee.token_losses(
            logits.values, logits.stride, targets, logits.rows, logits.classes, scale ?? 0, scale == nil ? 0 : 1,
            logits.cap ?? 0, smoothing, results.losses, results.hits)
    }

    /// The sum over rows of the cross-entropy of logits [rows, classes]; dlogits = scale * (softmax - one-hot).
    package func crossEntropy(
        _ logits: UnsafePointer<Float>, targets: UnsafePointer<Int32>, rows: Int, classes: Int, scale: Float,
        gradient dlogits: Floats?
    ) -> Double {
        al_cross_entropy(logits, targets, rows, classes, scale, dlogits)
    }
}

/// A cross-entropy over classes of which some count more, and with label smoothing, as in torch's `CrossEntropyLoss(weight,
/// label_smoothing)`: a row's loss is (1 - smoothing) w[t] (-log p[t]) + smoothing / classes * the sum over j of w[j] (-log p[j]), and
/// the mean divides by the sum of the rows' w[t].
package struct CrossEntropy: Sendable, Hashable {
    package var smoothing: Float = 0
    /// Of each class; none: 1 each.
    package var weights: [Float] = []

    package init() {}

    /// What the sum of the rows' losses is divided by.
    package func whole(of targets: [Int32]) -> Double {
        weights.isEmpty ? Double(targets.count) : targets.reduce(0) { $0 + Double(weights[Int($1)]) }
    }

    /// The sum over rows [rows, classes]; dlogits = scale * its gradient.
    package func sum(
        _ logits: Logits, targets: UnsafePointer<Int32>, scale: Float, gradient dlogits: Floats?, _ kernels: Kernels
    ) -> Double {
        precondition(logits.stride == logits.classes && (weights.isEmpty || weights.count == logits.classes))
        let (rows, classes) = (logits.rows, logits.classes)
        guard smoothing != 0 || !weights.isEmpty else {
            return kernels.crossEntropy(
                logits.values, targets: targets, rows: rows, classes: classes, scale: scale, gradient: dlogits)
        }
        return weights.withUnsafeBufferPointer { weights in
            al_shaped_cross_entropy(
                logits.values, targets, rows, classes, weights.isEmpty ? nil : weights.baseAddress, smoothing, scale, dlogits)
        }
    }
}
