import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// A study's parameters as Optuna has them: for each one distribution, which holds all of its values.
struct OptunaParameters {
    private let columns: [String: Column]

    init(_ study: WholeStudy) {
        var values: [String: [SettingValue]] = [:]
        for trial in study.table.trials where !trial.trial.confirms {
            for (name, value) in trial.record.assignment.values { values[name, default: []].append(value) }
        }
        columns = Dictionary(
            uniqueKeysWithValues: values.map { name, values in
                (name, Column(study.specification.space[name]?.distribution, values))
            })
    }

    /// A trial's parameters: name, Optuna's own form of the value, the distribution as JSON.
    func rows(of assignment: Assignment) -> [(String, Double, String)] {
        assignment.values.sorted { $0.key < $1.key }.compactMap { name, value in
            guard let column = columns[name], let own = column.own(value) else { return nil }
            return (name, own, column.json)
        }
    }

    private enum Column {
        /// An integer's low and high are whole.
        case number(low: Double, high: Double, step: Double?, isLogarithmic: Bool, isWhole: Bool)
        case choices([SettingValue])

        /// - Parameter values: all that trials have: earlier space files and enqueued configurations may go beyond the distribution.
        init(_ distribution: Distribution?, _ values: [SettingValue]) {
            let numbers = values.compactMap(\.number)
            guard let distribution, let bounds = distribution.bounds, numbers.count == values.count,
                numbers.allSatisfy(\.isFinite)
            else {
                let known: [SettingValue] =
                    switch distribution {
                    case .constant(let value): [value]
                    case .categorical(let values, _): values
                    default: []
                    }
                self = .choices(values.reduce(into: known) { if !$0.contains($1) { $0.append($1) } })
                return
            }
            let (low, high) = (
                min(bounds.lowerBound, numbers.min() ?? .infinity), max(bounds.upperBound, numbers.max() ?? -.infinity)
            )
            let isLogarithmic = distribution.isLogarithmic && low > 0
            let isWhole =
                switch distribution {
                case .intUniform, .intLogUniform: numbers.allSatisfy { $0 == $0.rounded() }
                default: false
                }
            // Optuna has no logarithmic steps, and its steps start from the least value.
            let onSteps = numbers.allSatisfy { number in
                guard let step = distribution.step else { return false }
                let count = (number - low) / step
                return abs(count - count.rounded()) < 1e-6
            }
            let step = isLogarithmic || !onSteps ? nil : distribution.step
            self = .number(low: low, high: high, step: step, isLogarithmic: isLogarithmic, isWhole: isWhole)
        }

        /// What Optuna stores for a value: a choice's index.
        func own(_ value: SettingValue) -> Double? {
            switch self {
            case .number: value.number
            case .choices(let choices): choices.firstIndex(of: value).map(Double.init)
            }
        }

        var json: String {
            let (name, attributes): (String, [String: SettingValue])
            switch self {
            case .choices(let choices):
                (name, attributes) = ("CategoricalDistribution", ["choices": .array(choices.map(Self.plain))])
            case .number(let low, let high, let step, let isLogarithmic, let isWhole):
                func bound(_ value: Double) -> SettingValue {
                    isWhole ? Int(exactly: value).map(SettingValue.int) ?? .double(value) : .double(value)
                }
                name = isWhole ? "IntDistribution" : "FloatDistribution"
                attributes = [
                    "low": bound(low), "high": bound(high), "log": .bool(isLogarithmic),
                    "step": isWhole ? .int(1) : step.map(SettingValue.double) ?? .null,
                ]
            }
            return JSONWriter.text(.object(["name": .string(name), "attributes": .object(attributes)]), .page)
        }

        /// Optuna's choices are nothing, truth values, numbers and texts: a list is written as its JSON.
        private static func plain(_ value: SettingValue) -> SettingValue {
            switch value {
            case .array, .object: .string(JSONWriter.text(value, .page))
            default: value
            }
        }
    }
}
