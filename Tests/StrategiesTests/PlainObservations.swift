import Studies

@testable import Strategies

/// What strategies learn from, told by looking at every trial each time: slow, and plain to see.
enum PlainObservations {
    /// As `Observations.some`: a quarter the best so far, a quarter the latest, the rest spread evenly over the others.
    static func some(_ limit: Int, of standings: [Standing]) -> [Int] {
        guard standings.count > limit else { return Array(standings.indices) }
        let latest = standings.indices.suffix(limit / 4)
        let chosen = Set(ranked(standings).prefix(limit / 4)).union(latest)
        let rest = standings.indices.filter { !chosen.contains($0) }
        let wanted = limit - chosen.count
        return (chosen.union((0..<wanted).map { rest[$0 * rest.count / wanted] })).sorted()
    }

    /// Those that are weighed, the best first.
    static func ranked(_ standings: [Standing]) -> [Int] {
        standings.indices.filter { standings[$0].isWeighed }.sorted { a, b in
            standings[a] < standings[b] || !(standings[b] < standings[a]) && a < b
        }
    }

    /// A numeric parameter's trials by rising place.
    static func rising(_ column: Column, _ trials: [Int]) -> [Int] {
        trials.filter { column.places[$0] != Point.absent }.sorted { a, b in
            column.places[a] < column.places[b] || column.places[a] == column.places[b] && a < b
        }
    }

    /// Whether a configuration runs out of memory for certain: it needs at least as much as one that ran out, and no trial that needs as
    /// much has fit; one that ran out although it needs no more than one that fits tells nothing.
    static func runsOut(_ point: Point, after trials: [Trial], _ points: [Point], coding: MemoryCoding) -> Bool {
        var (short, fitting): ([MemoryNeed], [MemoryNeed]) = ([], [])
        for (trial, point) in zip(trials, points) {
            for halvings in 0..<trial.halvings { short.append(coding.need(point, halvings: halvings)) }
            let own = coding.need(point, halvings: trial.halvings)
            if trial.outOfMemory != nil {
                short.append(own)
            } else if trial.state != .failed, !trial.reports.isEmpty {
                fitting.append(own)
            }
        }
        let need = coding.need(point)
        let told = short.filter { need in !fitting.contains { coding.covers($0, need) } }
        return told.contains { coding.covers(need, $0) } && !fitting.contains { coding.covers($0, need) }
    }
}
