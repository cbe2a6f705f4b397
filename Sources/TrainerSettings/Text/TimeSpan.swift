/// Spans of time as people read them: 12s, 3m 20s, 2h 5m.
package enum TimeSpan {
    /// - Parameter seconds: from a store; a damaged one may hold any number, which counts as 0.
    package static func text(seconds: Double) -> String { text(.seconds((0...1e12).contains(seconds) ? seconds : 0)) }

    package static func text(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m \(seconds % 60)s" }
        return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
    }
}
