/// A stretch of a text in the form that a stage gives it, with the places in the text that its scalars come from.
struct TextSpan {
    var scalars: ArraySlice<UInt32>
    /// By the indices of `scalars`: the first scalar of the text that a scalar stands for, rising, and after the last one where the text goes
    /// on. nil: a scalar's index is that place.
    private var origins: [Int32]?

    /// A stretch of the text itself.
    init(_ scalars: ArraySlice<UInt32>) { self.scalars = scalars }

    /// - Parameter origins: one more than scalars.
    init(_ scalars: [UInt32], origins: [Int32]) {
        self.scalars = scalars[...]
        self.origins = origins
    }

    var isEmpty: Bool { scalars.isEmpty }

    /// - Parameter index: of a scalar, or the end.
    func origin(of index: Int) -> Int32 { origins.map { $0[index] } ?? Int32(truncatingIfNeeded: index) }

    /// The part of the text that some of the scalars stand for.
    func origins(of range: Range<Int>) -> Range<Int> {
        guard let origins, !range.isEmpty else { return range }
        let last = origins[range.upperBound - 1]
        // The first place beyond: all marks on one letter have its place, and there may be very many.
        var (next, end) = (range.upperBound, origins.count - 1)
        while next < end {
            let middle = (next + end) / 2
            if origins[middle] == last { next = middle + 1 } else { end = middle }
        }
        return Int(origins[range.lowerBound])..<Int(origins[next])
    }

    /// Of all scalars and the end.
    var places: [Int32] { (scalars.startIndex...scalars.endIndex).map(origin) }

    subscript(range: Range<Int>) -> TextSpan {
        var part = self
        part.scalars = scalars[range]
        return part
    }

    /// With something put before it that stands for no scalar of its own.
    func prefixed(with prefix: [UInt32]) -> TextSpan {
        guard let first = scalars.indices.first else { return self }
        return TextSpan(prefix + scalars, origins: prefix.map { _ in origin(of: first) } + places)
    }

    /// With one space in place of each run of them.
    var withSingleBlanks: TextSpan {
        let kept = scalars.indices.filter { $0 == scalars.startIndex || scalars[$0] != 0x20 || scalars[$0 - 1] != 0x20 }
        guard kept.count < scalars.count else { return self }
        return TextSpan(kept.map { scalars[$0] }, origins: kept.map(origin) + [origin(of: scalars.endIndex)])
    }

    /// With each occurrence of some scalars replaced, from the left.
    func replacing(_ pattern: [UInt32], with replacement: [UInt32]) -> TextSpan {
        guard let head = pattern.first, scalars.contains(head) else { return self }
        var (changed, places): ([UInt32], [Int32]) = ([], [])
        var index = scalars.startIndex
        while index < scalars.endIndex {
            if scalars[index...].starts(with: pattern) {
                changed += replacement
                places += replacement.map { _ in origin(of: index) }
                index += pattern.count
            } else {
                changed.append(scalars[index])
                places.append(origin(of: index))
                index += 1
            }
        }
        return TextSpan(changed, origins: places + [origin(of: scalars.endIndex)])
    }
}
