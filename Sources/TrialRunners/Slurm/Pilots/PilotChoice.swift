import SearchSpaces
import TrainerSettings

/// Whether launches go to pilots, or are jobs of their own. Pure.
///
/// Left to itself it begins with jobs, and changes over for good once launches turn out short beside their wait in the queue.
struct PilotChoice: Sendable, Hashable {
    private(set) var usesPilots: Bool
    private let isOpen: Bool
    private var runs: [Double] = []
    private var waits: [Double] = []

    /// Launches that have to have ended, and the seconds under which they are short.
    static let fewest = 3
    static let short = 600.0

    /// - Parameter hasPilots: an earlier run of the study has had some.
    init(_ use: SlurmRequest.Pilots, hasPilots: Bool) {
        isOpen = use == .auto
        usesPilots = use == .always || use == .auto && hasPilots
    }

    /// Takes the seconds of a launch that was a job and ended by itself.
    ///
    /// - Returns: what to say of it where pilots take over now.
    mutating func take(wait: Double, run: Double) -> String? {
        guard isOpen, !usesPilots else { return nil }
        waits.append(wait)
        runs.append(run)
        let (run, wait) = (Self.median(runs), Self.median(waits))
        guard runs.count >= Self.fewest, run < Self.short, wait >= run / 2 else { return nil }
        usesPilots = true
        return
            "launches take \(TimeSpan.text(seconds: run)) and wait \(TimeSpan.text(seconds: wait)) in the queue (medians): from now on "
            + "pilots run them, jobs that take one launch after the other (pilot: false in the runner for none)"
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// When a launch was submitted and started, by the controller's clock.
struct LaunchTimes: Sendable {
    private var submitted: ContinuousClock.Instant?
    private var started: ContinuousClock.Instant?
    private var hasPended = false

    mutating func note(_ phase: JobState.Phase, at now: ContinuousClock.Instant) {
        switch phase {
        // A queue that takes no more makes it wait as well.
        case .submitting: (submitted, started, hasPended) = (hasPended ? now : submitted ?? now, nil, false)
        case .pending: (submitted, hasPended) = (submitted ?? now, true)
        case .running, .ending: started = started ?? now
        }
    }

    /// Seconds; nil: not all of it was seen.
    func spans(until now: ContinuousClock.Instant) -> (wait: Double, run: Double)? {
        guard let submitted else { return nil }
        let started = started ?? now
        return ((started - submitted) / .seconds(1), (now - started) / .seconds(1))
    }
}
