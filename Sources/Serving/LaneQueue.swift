import Dispatch
import Synchronization

/// What waits for one lane. Anybody puts something in, the lane's thread takes it out.
final class LaneQueue: Sendable {
    private struct State {
        var waiting: [ServingJob] = []
        /// Texts that are being written.
        var active = 0
        var isStopped = false
        var isAbandoned = false
    }

    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    /// Requests that wait or are worked on.
    var load: Int { state.withLock { $0.waiting.count + $0.active } }
    var counts: (waiting: Int, active: Int) { state.withLock { ($0.waiting.count, $0.active) } }

    /// - Returns: false where it has stopped.
    func put(_ job: ServingJob) -> Bool {
        let isTaken = state.withLock { state in
            if !state.isStopped { state.waiting.append(job) }
            return !state.isStopped
        }
        news.signal()
        return isTaken
    }

    /// What is new and there is room for, and what nobody waits for any more; waits for something where nothing is being written.
    ///
    /// - Parameter room: for texts to be written; what is to be classified needs none.
    /// - Returns: nil once it has stopped and nothing is left.
    func take(room: Int, active: Int) -> [ServingJob]? {
        while true {
            let (jobs, isOver): ([ServingJob], Bool) = state.withLock { state in
                var (taken, left, room): ([ServingJob], [ServingJob], Int) = ([], [], room)
                for job in state.waiting {
                    if case .writing = job, !state.isAbandoned, !job.listener.isGone {
                        guard room > 0 else {
                            left.append(job)
                            continue
                        }
                        room -= 1
                    }
                    taken.append(job)
                }
                state.waiting = left
                state.active = active + taken.count
                return (taken, state.isStopped && taken.isEmpty && left.isEmpty && active == 0)
            }
            if isOver { return nil }
            if !jobs.isEmpty || active > 0 { return jobs }
            news.wait()
        }
    }

    /// What is there is still done, nothing more is taken.
    func stop() {
        state.withLock { $0.isStopped = true }
        news.signal()
    }

    /// Nothing more is taken or done.
    func abandon() {
        state.withLock { ($0.isStopped, $0.isAbandoned) = (true, true) }
        news.signal()
    }

    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }
}
