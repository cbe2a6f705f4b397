import Studies

/// Trials of several metrics in one order, so that a model can tell good ones from the others (Ozaki et al.,
/// "Multiobjective Tree-Structured Parzen Estimator", 2022).
///
/// Front after front: what nothing dominates, then what nothing dominates among the rest. Of the last front that is needed,
/// those come first that together cover the most volume.
enum FrontOrder {
    /// Standings whose losses are their trials' places in this order; as they are where the study is after one metric.
    static func ranked(_ standings: [Standing], first count: Int) -> [Standing] {
        let known = standings.indices.filter {
            !standings[$0].others.isEmpty && standings[$0].tier == .known
        }
        guard !known.isEmpty else { return standings }
        var ranked = standings
        let places = places(of: known.map { [standings[$0].loss] + standings[$0].others }, first: count)
        for (index, place) in zip(known, places) { ranked[index].loss = place }
        return ranked
    }

    /// - Parameters:
    ///   - losses: less is better; no NaN.
    ///   - count: how many have to be told from the rest.
    /// - Returns: by trial, its place from 0; the rest has the place `count`.
    static func places(of losses: [[Double]], first count: Int) -> [Double] {
        var places = [Double](repeating: Double(count), count: losses.count)
        var rest = Array(losses.indices)
        var taken = 0
        while taken < count, !rest.isEmpty {
            var front = Dominance.front(of: rest.map { losses[$0] }).map { rest[$0] }
            if front.count > count - taken {
                let points = front.map { losses[$0] }
                front = Hypervolume.choose(count - taken, of: points, reference: reference(points)).map { front[$0] }
            }
            for trial in front {
                places[trial] = Double(taken)
                taken += 1
            }
            let ranked = Set(front)
            rest.removeAll(where: ranked.contains)
        }
        return places
    }

    /// A tenth of the front's extent beyond its worst: its ends count, but not for more than all between them.
    static func reference(_ points: [[Double]]) -> [Double] {
        (points.first ?? []).indices.map { metric in
            let values = points.map { $0[metric] }
            let (least, greatest) = (values.min() ?? 0, values.max() ?? 0)
            return greatest + (greatest > least ? 0.1 * (greatest - least) : 1)
        }
    }
}
