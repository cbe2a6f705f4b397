import Studies

/// The volume between lists of losses and a reference that is worse than all (While et al., "A Fast Way of Calculating Exact
/// Hypervolumes", 2012).
package enum Hypervolume {
    /// - Parameter points: losses; less is better.
    package static func volume(of points: [[Double]], reference: [Double]) -> Double {
        points.indices.reduce(0) { $0 + own(points[$1], besides: Array(points[($1 + 1)...]), reference: reference) }
    }

    /// What a point adds to others' volume.
    static func own(_ point: [Double], besides others: [[Double]], reference: [Double]) -> Double {
        let whole = zip(reference, point).reduce(1) { $0 * max($1.0 - $1.1, 0) }
        guard whole > 0, !others.isEmpty else { return whole }
        // What the others cover of the point's own box.
        let shadows = others.map { zip($0, point).map { max($0, $1) } }
        return whole - volume(of: Dominance.front(of: shadows).map { shadows[$0] }, reference: reference)
    }

    /// Points that together cover the most, one after the other (Guerreiro et al., "Greedy Hypervolume Subset Selection",
    /// 2016); equals by place.
    ///
    /// - Returns: the places of `count` points, or of all.
    static func choose(_ count: Int, of points: [[Double]], reference: [Double]) -> [Int] {
        var chosen: [Int] = []
        // What a point adds only shrinks with those chosen before it, so most need not be looked at again.
        var bounds = points.map { own($0, besides: [], reference: reference) }
        var rest = Array(points.indices)
        while chosen.count < count, !rest.isEmpty {
            rest.sort { (bounds[$1], $0) < (bounds[$0], $1) }
            var best = (place: rest[0], volume: -Double.infinity)
            for place in rest {
                guard bounds[place] > best.volume else { break }
                bounds[place] = own(points[place], besides: chosen.map { points[$0] }, reference: reference)
                if bounds[place] > best.volume { best = (place, bounds[place]) }
            }
            chosen.append(best.place)
            rest.removeAll { $0 == best.place }
        }
        return chosen
    }
}
