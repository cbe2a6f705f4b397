import Glibc

/// What logits say of classes.
package enum Softmax {
    /// exp(x_i) over their sum, without overflow.
    package static func probabilities(_ logits: some Collection<Float>) -> [Double] {
        let highest = Double(logits.max() ?? 0)
        let weights = logits.map { exp(Double($0) - highest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}
