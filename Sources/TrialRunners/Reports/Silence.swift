/// How long a trial's standard output is still between what is read of it.
struct Silence {
    private var since = ContinuousClock.now

    /// Seconds since the silence began.
    var seconds: Double { (ContinuousClock.now - since) / .seconds(1) }

    /// All that has come was handed over: what that took is no silence of the trial's.
    mutating func begin() { since = .now }
}

extension [ReportLine] {
    /// Reports, read at one instant, that make a program that keeps its output back; one evaluation can be told of twice.
    private static let held = 3
    /// Seconds: a program that makes its reports in less is just fast.
    private static let shortest = 1.0

    /// Marks reports that were read at one instant, though it was not when they were made.
    mutating func mark(after silence: Double) {
        guard count >= Self.held, silence >= Self.shortest else { return }
        self[0].delay = ReportLine.Delay(reports: count, seconds: silence)
    }
}
