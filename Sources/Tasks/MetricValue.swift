/// One figure of an evaluation.
package struct MetricValue: Sendable, Hashable, Codable {
    /// "eval_loss"
    package let name: String
    package let value: Double

    package init(_ name: String, _ value: Double) {
        (self.name, self.value) = (name, value)
    }
}

extension [MetricValue] {
    /// nil for a name that is none of these.
    package func value(of name: String) -> Double? { first { $0.name == name }?.value }
}
