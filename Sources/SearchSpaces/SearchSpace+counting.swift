extension SearchSpace {
    /// How many configurations there are (`Int.max` where that overflows); nil where they cannot be counted.
    package var size: Int? {
        guard parameters.allSatisfy({ $0.distribution.count != nil }) else { return nil }
        return count(from: 0, given: Assignment([:]))
    }

    /// The configuration numbered `index`, from 0 to below ``size``; the last parameters vary slowest.
    package func assignment(at index: Int) -> Assignment {
        var assignment = Assignment([:])
        var rest = index
        for (position, parameter) in parameters.enumerated() where isActive(parameter, in: assignment) {
            let count = parameter.distribution.count ?? 1
            guard isParent(parameter) else {
                assignment[parameter.name] = parameter.distribution.value(at: rest % count)
                rest /= count
                continue
            }
            for choice in 0..<count {
                assignment[parameter.name] = parameter.distribution.value(at: choice)
                let below = self.count(from: position + 1, given: assignment)
                if rest < below || choice == count - 1 { break }
                rest -= below
            }
        }
        return assignment
    }

    private func isParent(_ parameter: Parameter) -> Bool {
        parameters.contains { $0.condition?.parameter == parameter.name }
    }

    /// Only parents are enumerated; what hangs on nothing multiplies.
    private func count(from position: Int, given assignment: Assignment) -> Int {
        guard position < parameters.count else { return 1 }
        let parameter = parameters[position]
        guard isActive(parameter, in: assignment) else { return count(from: position + 1, given: assignment) }
        let choices = parameter.distribution.count ?? 1
        guard isParent(parameter) else {
            let (product, overflow) = choices.multipliedReportingOverflow(by: count(from: position + 1, given: assignment))
            return overflow ? .max : product
        }
        var total = 0
        for choice in 0..<choices {
            var next = assignment
            next[parameter.name] = parameter.distribution.value(at: choice)
            let (sum, overflow) = total.addingReportingOverflow(count(from: position + 1, given: next))
            if overflow { return .max }
            total = sum
        }
        return total
    }
}
