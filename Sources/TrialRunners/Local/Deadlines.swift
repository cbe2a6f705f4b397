import Studies
import Synchronization

/// How long a process may go on, and how long it may say nothing.
///
/// Time is summed up in short pieces, each counted for no more than it was to take: while the controller or the whole
/// machine was stopped, nobody could have heard the process.
final class Deadlines: Sendable {
    private let launch: Double?
    private let silence: Double?
    private let isHeard = Mutex(false)

    /// Seconds; nil: any time.
    init(launch: Double?, silence: Double?) {
        self.launch = launch
        self.silence = silence
    }

    /// The process gave a sign of life: some output, on whichever stream.
    func hear() { isHeard.withLock { $0 = true } }

    /// Returns when one of them has passed, with that one; nil where there is none.
    ///
    /// - Throws: `CancellationError`.
    func pass() async throws -> TrialLife.Timeout? {
        guard let shortest = [launch, silence].compactMap(\.self).min() else { return nil }
        let piece = min(max(shortest / 20, 0.005), 1)
        let clock = ContinuousClock()
        var (age, quiet) = (0.0, 0.0)
        while true {
            let start = clock.now
            try await Task.sleep(for: .seconds(piece))
            let passed = min((clock.now - start) / .seconds(1), 2 * piece)
            age += passed
            let heard = isHeard.withLock { heard in
                defer { heard = false }
                return heard
            }
            quiet = heard ? 0 : quiet + passed
            if let launch, age >= launch { return .launch(launch) }
            if let silence, quiet >= silence { return .silence(silence) }
        }
    }
}
