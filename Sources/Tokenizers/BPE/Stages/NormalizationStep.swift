/// A step by which a text is brought into the form that a vocabulary knows.
enum NormalizationStep: Hashable {
    case composition
    case prepend([UInt32])
    case replace([UInt32], with: [UInt32])
    /// Blanks that follow one another become one.
    case singleBlanks
    case characters(CharacterMap)

    /// How many times as long a text can be after it.
    var growth: Double {
        switch self {
        case .replace(let pattern, let replacement) where !pattern.isEmpty:
            max(1, Double(replacement.count) / Double(pattern.count))
        case .characters(let map): max(1, Double(map.longest))
        default: 1
        }
    }

    func apply(_ text: TextSpan) -> TextSpan {
        switch self {
        case .composition: CanonicalComposition.normalize(text)
        case .prepend(let prefix): text.prefixed(with: prefix)
        case .replace(let pattern, let replacement): text.replacing(pattern, with: replacement)
        case .singleBlanks: text.withSingleBlanks
        case .characters(let map): map.apply(text)
        }
    }
}
