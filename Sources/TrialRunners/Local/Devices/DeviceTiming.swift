/// How long leases wait for what; a test brings a clock of its own.
package struct DeviceTiming: Sendable {
    /// Between two launches on one device: the first is to have what it needs before the second takes the rest.
    package var apart = Duration.seconds(10)
    /// For memory to come free after a trial's end, which the driver gives back with a delay.
    package var memory = Duration.seconds(30)
    /// Waiting that is not worth a word.
    package var silence = Duration.seconds(3)
    /// Between two words about one wait.
    package var repetition = Duration.seconds(60)
    /// For a maker's tool.
    package var tool = Duration.seconds(10)
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    package init() {}

    /// Before the next look, which grows from one to the next. Not the same for two controllers: they would stay in each other's way.
    static func pause(before attempt: Int) -> Duration {
        .milliseconds(Int.random(in: 75...125) * min(1 << min(attempt, 5), 20))
    }
}
