/// What becomes of the places where a split's pattern matches: Hugging Face's SplitDelimiterBehavior.
enum SplitBehavior: String {
    case isolated = "Isolated"
    case removed = "Removed"
    case contiguous = "Contiguous"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"

    typealias Stretch = (range: Range<Int>, isMatch: Bool)

    /// The parts that a text is cut into.
    ///
    /// - Parameter stretches: the whole text, where the pattern matches and where not.
    func split(_ stretches: [Stretch], _ body: (Range<Int>) -> Void) {
        switch self {
        case .isolated: for stretch in stretches { body(stretch.range) }
        case .removed: for stretch in stretches where !stretch.isMatch { body(stretch.range) }
        case .contiguous: merged(stretches) { $0.isMatch == $1.isMatch }.forEach(body)
        case .mergedWithPrevious: merged(stretches) { $1.isMatch && !$0.isMatch }.forEach(body)
        case .mergedWithNext: merged(stretches) { $0.isMatch && !$1.isMatch }.forEach(body)
        }
    }

    /// Joins neighbors that belong together; the ranges follow one another without a gap.
    private func merged(_ stretches: [Stretch], _ belong: (Stretch, Stretch) -> Bool) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for (index, stretch) in stretches.enumerated() {
            if index > 0, belong(stretches[index - 1], stretch) {
                ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<stretch.range.upperBound
            } else {
                ranges.append(stretch.range)
            }
        }
        return ranges
    }
}
