/// A step by which a text is cut into the words that no token crosses.
enum PreTokenizationStep: Hashable {
    case byteLevel(prefixSpace: Bool, splits: Bool)
    case pattern(SplitPattern)
    case text([UInt32], SplitBehavior)
    case digits(individual: Bool)
    /// Cuts at white space, which is left out.
    case blanks
    case metaspace(replacement: UInt32, prefix: Prefix, splits: Bool)

    /// Where a blank is put before a text.
    enum Prefix: String {
        case always, never, first
    }

    func apply(_ spans: [TextSpan]) -> [TextSpan] {
        var cut: [TextSpan] = []
        cut.reserveCapacity(spans.count)
        for span in spans where !span.isEmpty { apply(span, into: &cut) }
        return cut
    }

    private func apply(_ span: TextSpan, into cut: inout [TextSpan]) {
        switch self {
        case .byteLevel(let prefixSpace, let splits):
            let text = prefixSpace && span.scalars.first != 0x20 ? span.prefixed(with: [0x20]) : span
            guard splits else { return cut.append(text) }
            SplitPattern.gpt2.matches(in: text.scalars) { cut.append(text[$0]) }
        case .pattern(let pattern):
            pattern.matches(in: span.scalars) { cut.append(span[$0]) }
        case .text(let text, let behavior):
            behavior.split(Self.stretches(of: text, in: span.scalars)) { cut.append(span[$0]) }
        case .digits(let individual):
            let behavior: SplitBehavior = individual ? .isolated : .contiguous
            behavior.split(Self.stretches(of: .digit, in: span.scalars)) { cut.append(span[$0]) }
        case .blanks: SplitBehavior.removed.split(Self.stretches(of: .space, in: span.scalars)) { cut.append(span[$0]) }
        case .metaspace(let replacement, let prefix, let splits):
            var text = span.replacing([0x20], with: [replacement])
            let isFirst = span.origin(of: span.scalars.startIndex) == 0
            if prefix == .always || prefix == .first && isFirst, text.scalars.first != replacement {
                text = text.prefixed(with: [replacement])
            }
            guard splits else { return cut.append(text) }
            SplitBehavior.mergedWithNext.split(Self.stretches(of: [replacement], in: text.scalars)) { cut.append(text[$0]) }
        }
    }

    /// A text cut at each scalar of a class.
    private static func stretches(of flags: ScalarFlags, in scalars: ArraySlice<UInt32>) -> [SplitBehavior.Stretch] {
        let table = ScalarFlags.table
        return joined(scalars.indices.map { ($0..<($0 + 1), table[Int(scalars[$0])].contains(flags)) })
    }

    /// Neighbors that do not match are one stretch.
    private static func joined(_ stretches: [SplitBehavior.Stretch]) -> [SplitBehavior.Stretch] {
        var joined: [SplitBehavior.Stretch] = []
        for stretch in stretches {
            if !stretch.isMatch, let last = joined.last, !last.isMatch {
                joined[joined.count - 1].range = last.range.lowerBound..<stretch.range.upperBound
            } else {
                joined.append(stretch)
            }
        }
        return joined
    }

    /// A text cut at each place where another one stands in it.
    private static func stretches(of text: [UInt32], in scalars: ArraySlice<UInt32>) -> [SplitBehavior.Stretch] {
        var stretches: [SplitBehavior.Stretch] = []
        var (start, index) = (scalars.startIndex, scalars.startIndex)
        while index < scalars.endIndex {
            guard scalars[index] == text[0], scalars[index...].starts(with: text) else {
                index += 1
                continue
            }
            if index > start { stretches.append((start..<index, false)) }
            stretches.append((index..<(index + text.count), true))
            index += text.count
            start = index
        }
        if start < scalars.endIndex { stretches.append((start..<scalars.endIndex, false)) }
        return stretches
    }
}
