import SearchSpaces
package import Studies

extension Scheduler {
    package func eliminated(in history: History, runCap: Int) -> [Trial.ID] { [] }
}

extension AsynchronousHalving {
    /// Ranks only fall as others come to a rung: whoever is below the best 1/eta of all that can ever come is out.
    package func eliminated(in history: History, runCap: Int) -> [Trial.ID] {
        let entries = entries(in: history)
        let numbers = 0..<max(runCap, history.trials.count)
        let sizes =
            brackets == 1
            ? [numbers.count]
            : numbers.reduce(into: [Int](repeating: 0, count: brackets)) { sizes, number in
                sizes[bracket(of: Trial.ID(number))] += 1
            }
        return entries.flatMap { rung in
            zip(rung, sizes).flatMap { entries, size in
                entries.sorted { isBetter($0, $1, history.goal) }.enumerated().filter { place, entry in
                    entry.waits && (!entry.merit.isNumber || place >= size / rungs.eta)
                }.map(\.element.id)
            }
        }
    }
}

extension SuccessiveHalving {
    /// Where a rung is full, whoever is not among those that it keeps is out.
    package func eliminated(in history: History, runCap: Int) -> [Trial.ID] {
        filled(in: history).flatMap { bracket, numbers in
            var members = Array(numbers)
            var out: [Int] = []
            for rung in bracket.milestones {
                guard let kept = kept(of: members, atRung: rung, isFirst: numbers.lowerBound == 0, in: history) else { break }
                out += members.filter { history.trials[$0].waits(atRung: rung) && !kept.contains($0) }
                members = kept
            }
            return out.map { history.trials[$0].id }
        }
    }
}
