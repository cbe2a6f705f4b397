import TrainerSettings

/// What one full trial costs, as far as the space file tells.
package struct TrialCost: Sendable, Hashable {
    /// Optimizer steps, the least and the most; nil: not known before the data is read, or not ours to know.
    package let steps: ClosedRange<Int>?
    /// Passes over the data, where the file counts in them.
    package let epochs: ClosedRange<Double>?
    /// Steps between two reports, where it is fixed.
    package let evalSteps: Int?
    private let reportsEveryEpoch: Bool

    /// So that no product of costs overflows: what a setting cannot be is refused elsewhere.
    private static func limited(_ number: Double) -> Double { number.isNaN ? 0 : min(max(number, -1e9), 1e9) }

    package init(_ specification: StudySpecification) {
        guard let length = specification.trainer.traits.length else {
            (steps, epochs, evalSteps, reportsEveryEpoch) = (nil, nil, nil, false)
            return
        }
        let settings = specification.trainer.settings
        func range(_ name: String) -> ClosedRange<Double>? {
            let parameter = specification.space[name]
            let fixed = (settings[name]?.number).map(Self.limited)
            guard let parameter else { return fixed.map { $0...$0 } }
            let values: [Double]
            switch parameter.distribution {
            case .constant(let value): values = [value.number ?? 1]
            case .categorical(let choices, _): values = choices.compactMap(\.number)
            case let other: values = other.bounds.map { [$0.lowerBound, $0.upperBound] } ?? []
            }
            let all = values.map(Self.limited) + (parameter.conditions.isEmpty ? [] : fixed.map { [$0] } ?? [])
            guard let least = all.min(), let most = all.max() else { return nil }
            return least...most
        }
        let searchesEpochs = specification.space[length.epochs] != nil
        let searchesSteps = specification.space[length.steps] != nil
        steps =
            searchesEpochs && !searchesSteps
            ? nil : range(length.steps).map { Int($0.lowerBound)...Int($0.upperBound) }
        epochs = steps == nil ? range(length.epochs) ?? length.defaultEpochs...length.defaultEpochs : nil
        reportsEveryEpoch = range(length.evalSteps) == nil
        evalSteps = range(length.evalSteps).flatMap { $0.lowerBound == $0.upperBound ? Int($0.lowerBound) : nil }
    }

    /// Reports of a full trial; nil where the file does not tell.
    package var reports: Int? {
        if let epochs, epochs.lowerBound == epochs.upperBound, reportsEveryEpoch { return Int(epochs.upperBound.rounded(.up)) }
        guard let steps, steps.lowerBound == steps.upperBound, let evalSteps, evalSteps > 0 else { return nil }
        return (steps.upperBound + evalSteps - 1) / evalSteps
    }

    /// Optimizer steps that a trial has made by a report; nil where the file does not tell.
    package func steps(atReport iter: Int) -> Int? {
        guard let steps, steps.lowerBound == steps.upperBound, let evalSteps, evalSteps > 0 else { return nil }
        let (made, overflow) = iter.multipliedReportingOverflow(by: evalSteps)
        return overflow ? steps.upperBound : min(made, steps.upperBound)
    }
}
