import Synchronization

/// What was asked of a server, and how it went.
final class RequestFigures: Sendable {
    struct Kind: Hashable, Comparable {
        let route: String
        let status: Int

        static func < (a: Kind, b: Kind) -> Bool { (a.route, a.status) < (b.route, b.status) }
    }

    struct State {
        var counts: [Kind: Int] = [:]
        /// Of all requests by route, in seconds.
        var seconds: [String: Double] = [:]
        /// Requests whose answers are not out yet.
        var running = 0
        var isStopping = false
    }

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    func begin() { state.withLock { $0.running += 1 } }

    /// - Returns: what counts the request as done once nothing holds it any more, whether its answer was taken or not.
    func answering(_ route: String, _ status: Int, since start: ContinuousClock.Instant) -> some Sendable & AnyObject {
        AnsweredRequest { [self] in
            state.withLock { state in
                state.running -= 1
                state.counts[Kind(route: route, status: status), default: 0] += 1
                state.seconds[route, default: 0] += (ContinuousClock.now - start) / .seconds(1)
            }
        }
    }

    /// From now on nothing more is begun.
    func stop() { state.withLock { $0.isStopping = true } }

    /// Waits until all answers are out, for so many seconds at most.
    func finished(within seconds: Double) async {
        let end = ContinuousClock.now + .seconds(seconds)
        while now.running > 0, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
    }
}

private final class AnsweredRequest: Sendable {
    private let end: @Sendable () -> Void

    init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    deinit { end() }
}
