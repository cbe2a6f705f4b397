package import SearchSpaces

extension History {
    /// With each value in the form that its parameter has: what a store reads back can be 1 for 1.0, and a word for an infinity.
    package func withOwnValues(of space: SearchSpace) -> History {
        let distributions = Dictionary(space.parameters.map { ($0.name, $0.distribution) }) { first, _ in first }
        var history = self
        for trial in trials + confirmations {
            for (name, value) in trial.assignment.values {
                guard let own = distributions[name]?.own(value) else { continue }
                history[trial.id].assignment[name] = own
            }
        }
        return history
    }
}
