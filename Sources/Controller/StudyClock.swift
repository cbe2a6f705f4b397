/// Seconds since 1970 that go on evenly and never run back, whatever is done to the system's clock: a study's times are compared and
/// subtracted.
package struct StudyClock: Sendable {
    private let begin: Double
    private let start: ContinuousClock.Instant

    /// - Parameters:
    ///   - last: of the study's times the latest, which a clock that was set back would come before.
    ///   - wall: what the system's clock says now.
    package init(after last: Double, wall: Double, start: ContinuousClock.Instant = .now) {
        begin = max(0, last, wall)
        self.start = start
    }

    package func time(at instant: ContinuousClock.Instant = .now) -> Double {
        begin + start.duration(to: instant) / .seconds(1)
    }
}
