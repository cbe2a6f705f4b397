import SearchSpaces
package import Studies

extension Scheduler {
    package func eliminated(in history: History, runCap: Int) -> [Trial.ID] { [] }
}

extension AsynchronousHalving {
    /// Ranks only fall as others come to a rung: whoever is below the best 1/eta of all that can ever come is out.
    package func eliminated(in history: History, runCap: Int) -> [Trial.ID] {
        let numbers = 0..<max(runCap, history.trials.count)
        let sizes =
            brackets == 1
            ? [numbers.count]
            : numbers.reduce(into: [Int](repeating: 0, count: brackets)) { sizes, number in
                sizes[bracket(of: Trial.ID(number))] += 1
            }
        return tables(of: history) { tables in
            tables.flatMap { table in
                zip(table.brackets, sizes).flatMap { entries, size in
                    entries.ranked.members.dropFirst(size / rungs.eta).map(\.place).filter(table.waits) + entries.worthless
                }
            }
        }.map { history.trials[Int($0)].id }
    }
}

extension SuccessiveHalving {
    /// Where a rung is full, whoever is not among those that it keeps is out.
    package func eliminated(in history: History, runCap: Int) -> [Trial.ID] {
        filled(by: history.trials.count).flatMap { bracket, numbers in
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
