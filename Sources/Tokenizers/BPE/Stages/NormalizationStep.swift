/// A step by which a text is brought into the form that a vocabulary knows.
enum NormalizationStep: Hashable {
    case composition
    case prepend([UInt32])
    case replace([UInt32], with: [UInt32])

    func apply(_ text: TextSpan) -> TextSpan {
        switch self {
        case .composition: CanonicalComposition.normalize(text)
        case .prepend(let prefix): text.prefixed(with: prefix)
        case .replace(let pattern, let replacement): text.replacing(pattern, with: replacement)
        }
    }
}
