import TrainerSettings

extension SearchSpace {
    /// How many configurations there are (`Int.max` where that overflows); nil where they cannot be counted.
    package var size: Int? {
        parameters.allSatisfy { $0.distribution.count != nil } ? combinations : nil
    }

    /// How many configurations there are of what can be counted, whatever hangs on the rest being there; nil: too many ways in which
    /// the conditions hang together.
    package var combinations: Int? {
        var counter = ConfigurationCounter(parameters)
        let count = counter.count(from: 0, known: [:])
        return counter.hasGivenUp ? nil : count
    }

    /// The configuration numbered `index`, from 0 to below ``size``; the last parameters vary slowest.
    package func assignment(at index: Int) -> Assignment {
        var counter = ConfigurationCounter(parameters)
        var assignment = Assignment([:])
        var known: [Int: SettingValue?] = [:]
        var rest = index
        for (place, parameter) in parameters.enumerated() {
            guard isActive(parameter, in: assignment) else {
                known[place] = .some(nil)
                continue
            }
            let distribution = parameter.distribution
            guard let runs = counter.runs(of: place) else {
                let count = distribution.count ?? 1
                assignment[parameter.name] = distribution.value(at: rest % count)
                rest /= count
                continue
            }
            for run in runs {
                known[place] = distribution.value(at: run.lowerBound)
                let below = max(counter.count(from: place + 1, known: known), 1)
                let (all, overflow) = below.multipliedReportingOverflow(by: run.count)
                guard overflow || rest < all || run.upperBound == runs.last?.upperBound else {
                    rest -= all
                    continue
                }
                assignment[parameter.name] = distribution.value(at: min(run.lowerBound + rest / below, run.upperBound - 1))
                rest %= below
                break
            }
            known[place] = assignment[parameter.name]
        }
        return assignment
    }
}
