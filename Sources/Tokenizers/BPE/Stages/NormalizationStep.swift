/// A step by which a text is brought into the form that a vocabulary knows.
enum NormalizationStep: Hashable {
    case composition
    case prepend([UInt32])
    case replace([UInt32], with: [UInt32])

    /// How many times as long a text can be after it.
    var growth: Double {
        guard case .replace(let pattern, let replacement) = self, !pattern.isEmpty else { return 1 }
        return max(1, Double(replacement.count) / Double(pattern.count))
    }

    func apply(_ text: TextSpan) -> TextSpan {
        switch self {
        case .composition: CanonicalComposition.normalize(text)
        case .prepend(let prefix): text.prefixed(with: prefix)
        case .replace(let pattern, let replacement): text.replacing(pattern, with: replacement)
        }
    }
}
