import Studies
import Subprocess

/// Brings a trial's process to its end: lets it save what it is saving, then TERM, then KILL.
///
/// The grace time begins again whenever the trial's checkpoint changes or, after TERM, anything in its folder, so that what is being
/// saved is saved whole however long that takes; a process that goes on writing for ever is not waited for beyond ten times
/// the grace.
struct ProcessEnder: Sendable {
    private let grace: Double
    private let folder: FolderSign
    private let checkpoint: FolderSign
    /// Seconds without a change after which a save is over.
    private var lull: Double { min(2, grace) }
    /// Signals to the supervisor.
    private let send: @Sendable ([Signal]) -> Void

    /// What can be the end of a process.
    enum Order: Sendable {
        case directive(Directive)
        case timedOut(TrialLife.Timeout)
    }

    /// - Parameter send: signals to the supervisor.
    init(_ launch: Launch, send: @escaping @Sendable ([Signal]) -> Void) {
        grace = launch.grace
        folder = FolderSign(launch.folder)
        checkpoint = FolderSign(launch.folder + "/checkpoint")
        self.send = send
    }

    /// Ends the process at once, or when its time is over; a second word ends it as soon as its checkpoint is
    /// quiet.
    ///
    /// - Returns: how it was ended; nil: it needed no telling.
    func obey(_ orders: AsyncStream<Order>, tell: AsyncStream<Order>.Continuation) async -> TrialLife.Ending? {
        let before = checkpoint.now
        var timer: Task<Void, any Error>?
        var ending = TrialLife.Ending.terminated
        var isSaving = false
        orders: for await order in orders {
            switch order {
            case .directive(.pause) where !isSaving:
                isSaving = true
                timer = Task {
                    try await quiet(checkpoint, for: grace)
                    tell.yield(.directive(.endNow))
                }
            case .directive(.finish) where !isSaving: isSaving = true
            case .timedOut(let timeout):
                if !isSaving { ending = .timedOut(timeout) }
                isSaving = false
                break orders
            default: break orders
            }
        }
        timer?.cancel()
        // One that has saved something before may be in the middle of it again.
        if isSaving, checkpoint.now != before { try? await quiet(checkpoint, for: lull, atMost: grace) }
        guard !Task.isCancelled else { return nil }
        await end()
        return ending
    }

    /// TERM, and KILL by the supervisor once the grace time is over. Cancelled as soon as the process is gone: a supervisor that has
    /// not ended it by then never will.
    private func end() async {
        // It may have been stopped itself.
        send([.terminate, .resume])
        guard (try? await quiet(folder, for: grace, onChange: { send([.terminate]) })) != nil else { return }
        guard (try? await Task.sleep(for: .seconds(5))) != nil else { return }
        send([.kill])
    }

    /// Returns once a folder has not changed for some seconds.
    ///
    /// - Throws: `CancellationError`.
    private func quiet(
        _ folder: FolderSign, for seconds: Double, atMost limit: Double? = nil, onChange: () -> Void = {}
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var (sign, since) = (folder.now, clock.now)
        let limit = limit ?? 10 * grace
        while clock.now - since < .seconds(seconds) {
            try await Task.sleep(for: .seconds(min(max(seconds / 8, 0.01), 0.5)))
            let now = folder.now
            guard now != sign, clock.now - start < .seconds(limit) else { continue }
            (sign, since) = (now, clock.now)
            onChange()
        }
    }
}
