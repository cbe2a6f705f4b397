import Synchronization

/// What a run has to hear of, on its way to the controller from whoever knows it. A stream ends with the tasks that listen to it, so that
/// each part of a run has one of its own.
final class StopFeed: Sendable {
    enum Sign: Sendable {
        case stop(StopReason)
        /// There may be something to launch that there was not before.
        case lookAgain
    }

    private let state = Mutex((continuation: AsyncStream<Sign>.Continuation?.none, interruption: StopReason?.none))

    func yield(_ reason: StopReason) {
        state.withLock { state in
            if reason == .interrupted || reason == .detached { state.interruption = state.interruption ?? reason }
            state.continuation?.yield(.stop(reason))
        }
    }

    func lookAgain() { _ = state.withLock { $0.continuation?.yield(.lookAgain) } }

    /// What comes from now on; an interruption that nobody has heard of comes first.
    func signs() -> AsyncStream<Sign> {
        let (stream, continuation) = AsyncStream.makeStream(of: Sign.self)
        state.withLock { state in
            if let interruption = state.interruption { continuation.yield(.stop(interruption)) }
            state.continuation = continuation
        }
        return stream
    }
}
