/// Leaves out what cannot be seen: a study may have more points than a screen.
enum Thinning {
    static let mostDots = 2500
    static let mostCurves = 150
    static let mostCurvePoints = 20_000

    /// Points no two of which lie in the same field of a grid, the first of each; all where they are few.
    static func dots(_ points: [PlotPoint], atMost limit: Int = mostDots) -> [PlotPoint] {
        let finite = points.filter { $0.x.isFinite && $0.y.isFinite }
        guard finite.count > limit, let left = finite.map(\.x).min(), let right = finite.map(\.x).max(),
            let low = finite.map(\.y).min(), let high = finite.map(\.y).max()
        else { return points }
        var fields = 400.0
        while true {
            var taken: Set<Int> = []
            let kept = finite.filter { point in
                let column = right > left ? Int((point.x - left) / (right - left) * fields) : 0
                let row = high > low ? Int((point.y - low) / (high - low) * fields / 2) : 0
                return taken.insert(column << 20 | row).inserted
            }
            if kept.count <= limit { return kept }
            fields *= 0.8
        }
    }

    /// Some of a list: its first ones and, evenly, some of the others.
    ///
    /// - Parameter list: the most important first.
    static func some<Element>(_ list: [Element], atMost limit: Int) -> [Element] {
        guard list.count > limit else { return list }
        let first = limit / 2
        let (rest, others) = (list.count - first, limit - first)
        return list.prefix(first) + (0..<others).map { list[first + $0 * rest / others] }
    }

    /// A row's points, evenly, with the last.
    static func evenly<Element>(_ list: [Element], atMost limit: Int) -> [Element] {
        guard list.count > limit, limit > 1 else { return list }
        return (0..<limit).map { list[$0 * (list.count - 1) / (limit - 1)] }
    }

    static func note(_ shown: Int, of all: Int, _ what: String) -> [String] {
        shown < all ? ["\(shown) of \(all) \(what)"] : []
    }
}
