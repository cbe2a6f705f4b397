extension SearchSpace {
    /// How many configurations there are (`Int.max` where that overflows); nil where they cannot be counted.
    package var size: Int? {
        guard parameters.allSatisfy({ $0.distribution.count != nil }) else { return nil }
        return count(from: 0, given: Assignment([:]), subtrees: subtrees)
    }

    /// The configuration numbered `index`, from 0 to below ``size``; the last parameters vary slowest.
    package func assignment(at index: Int) -> Assignment {
        var assignment = Assignment([:])
        var rest = index
        let subtrees = subtrees
        for (position, parameter) in parameters.enumerated() where isActive(parameter, in: assignment) {
            let count = parameter.distribution.count ?? 1
            guard isParent(parameter) else {
                assignment[parameter.name] = parameter.distribution.value(at: rest % count)
                rest /= count
                continue
            }
            for choice in 0..<count {
                assignment[parameter.name] = parameter.distribution.value(at: choice)
                let below = self.count(from: position + 1, given: assignment, subtrees: subtrees)
                if rest < below || choice == count - 1 { break }
                rest -= below
            }
        }
        return assignment
    }

    private func isParent(_ parameter: Parameter) -> Bool {
        parameters.contains { $0.condition?.parameter == parameter.name }
    }

    /// Of the parameters from a position on, given those before it: what does not hang on one another multiplies.
    private func count(from position: Int, given assignment: Assignment, subtrees: [Int]) -> Int {
        let before = Set(parameters[..<position].map(\.name))
        let tops = parameters.indices[position...].filter { place in
            guard let condition = parameters[place].condition else { return true }
            return before.contains(condition.parameter) && isActive(parameters[place], in: assignment)
        }
        return Self.product(tops.map { subtrees[$0] })
    }

    /// By parameter: how many configurations it has together with all that hangs on it.
    private var subtrees: [Int] {
        var subtrees = [Int](repeating: 1, count: parameters.count)
        let conditioned = parameters.indices.filter { parameters[$0].condition != nil }
        let childrenOf = Dictionary(grouping: conditioned) { parameters[$0].condition?.parameter ?? "" }
        for (place, parameter) in parameters.enumerated().reversed() {
            let choices = parameter.distribution.count ?? 1
            guard let children = childrenOf[parameter.name] else {
                subtrees[place] = choices
                continue
            }
            subtrees[place] = (0..<choices).reduce(0) { sum, choice in
                let value = parameter.distribution.value(at: choice)
                let active = children.filter { parameters[$0].condition?.values.contains(value) == true }
                let (total, overflow) = sum.addingReportingOverflow(Self.product(active.map { subtrees[$0] }))
                return overflow ? .max : total
            }
        }
        return subtrees
    }

    private static func product(_ counts: [Int]) -> Int {
        counts.reduce(1) { product, count in
            let (result, overflow) = product.multipliedReportingOverflow(by: count)
            return overflow ? .max : result
        }
    }
}
