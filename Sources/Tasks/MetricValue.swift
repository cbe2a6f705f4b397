package import TrainerSettings

/// One figure of an evaluation.
package struct MetricValue: Sendable, Hashable, Codable {
    /// "eval_loss"
    package let name: String
    package let value: Double
    /// How far the figure is from what endlessly many rows of the same kind would give, as far as the number of rows alone makes it:
    /// the deviation over such samples of rows. nil: the task cannot tell.
    package let standardError: Double?

    /// - Parameter standardError: anything but a finite number of at least 0 is none.
    package init(_ name: String, _ value: Double, standardError: Double? = nil) {
        (self.name, self.value) = (name, value)
        self.standardError = standardError.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}

extension [MetricValue] {
    /// nil for a name that is none of these.
    package func value(of name: String) -> Double? { first { $0.name == name }?.value }

    /// As a report has them: each figure and, where the task tells it, its standard error under the same name with `_se`.
    package var entries: [(key: String, value: SettingValue)] {
        flatMap { metric in
            let error = metric.standardError.map { (key: metric.name + "_se", value: SettingValue.double($0)) }
            return [(key: metric.name, value: .double(metric.value))] + (error.map { [$0] } ?? [])
        }
    }
}
