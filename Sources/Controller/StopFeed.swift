import Synchronization

/// Reasons to stop, on their way from whoever has one to the controller. A stream ends with the tasks that listen to it, so that each
/// part of a run has one of its own.
final class StopFeed: Sendable {
    private let state = Mutex((continuation: AsyncStream<StopReason>.Continuation?.none, isInterrupted: false))

    func yield(_ reason: StopReason) {
        state.withLock { state in
            if reason == .interrupted { state.isInterrupted = true }
            state.continuation?.yield(reason)
        }
    }

    /// What comes from now on; an interruption that nobody has heard of comes first.
    func reasons() -> AsyncStream<StopReason> {
        let (stream, continuation) = AsyncStream.makeStream(of: StopReason.self)
        state.withLock { state in
            if state.isInterrupted { continuation.yield(.interrupted) }
            state.continuation = continuation
        }
        return stream
    }
}
