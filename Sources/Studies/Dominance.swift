/// What better means where several figures count. Losses: less is better in each; all lists are of one length.
package enum Dominance {
    /// Whether one list is nowhere worse than another and somewhere better.
    package static func dominates(_ a: [Double], _ b: [Double]) -> Bool {
        var isBetter = false
        for (one, other) in zip(a, b) {
            if one > other { return false }
            if one < other { isBetter = true }
        }
        return isBetter
    }

    /// The places of the lists that none dominates, equals included: by the first loss, then the next, then by place.
    ///
    /// - Parameter losses: without NaN.
    package static func front(of losses: [[Double]]) -> [Int] {
        let rising = losses.indices.sorted { a, b in
            for (one, other) in zip(losses[a], losses[b]) where one != other { return one < other }
            return a < b
        }
        var front: [Int] = []
        // Nothing dominates what comes before it in this order.
        for place in rising where !front.contains(where: { dominates(losses[$0], losses[place]) }) { front.append(place) }
        return front
    }
}
