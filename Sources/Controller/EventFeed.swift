package import Studies
import Synchronization

/// What happens in a study, on its way from the controller to whoever shows it.
///
/// The controller puts events in and goes on at once. An observer takes them out in a task of its own, as fast as it can. What waits
/// is bounded: an observer that is too slow misses events, and gets the study as it stands in their place.
package final class EventFeed: Sendable {
    /// What an observer gets at once.
    package struct Issue: Sendable {
        /// The study before the events, where the observer cannot know it: at the beginning, and after events that it missed.
        package fileprivate(set) var history: History?
        /// How many events it missed.
        package fileprivate(set) var missed = 0
        package fileprivate(set) var events: [StudyEvent] = []

        fileprivate var isEmpty: Bool { history == nil && events.isEmpty }
    }

    private let state = Mutex((next: Issue(), isOver: false))
    private let most: Int
    private let witness: (@Sendable (StudyEvent, History) -> Void)?
    private let signs: AsyncStream<Void>
    private let sign: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - most: events that may wait.
    ///   - witness: sees each event before the study goes on. It holds the controller up, and is for tests that look at what is on the
    ///     disk at that moment.
    package init(most: Int = 8192, witness: (@Sendable (StudyEvent, History) -> Void)? = nil) {
        self.most = most
        self.witness = witness
        (signs, sign) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The next news, once there are any; nil: all is told. One observer at a time.
    package func next() async -> Issue? {
        while true {
            let (issue, isOver) = state.withLock { state in
                defer { state.next = Issue() }
                return (state.next, state.isOver)
            }
            if !issue.isEmpty { return issue }
            if isOver || Task.isCancelled { return nil }
            var iterator = signs.makeAsyncIterator()
            await iterator.next()
        }
    }

    /// The study as it stands when its run begins.
    func begin(_ history: History) {
        state.withLock { $0.next = Issue(history: history) }
        sign.yield()
    }

    /// - Parameter history: the study after the event; kept only where too many events wait.
    func post(_ event: StudyEvent, after history: History) {
        witness?(event, history)
        state.withLock { state in
            state.next.events.append(event)
            guard state.next.events.count > most else { return }
            state.next.missed += state.next.events.count
            (state.next.events, state.next.history) = ([], history)
        }
        sign.yield()
    }

    /// Nothing more happens: the observer is told so after the last event.
    func finish() {
        state.withLock { $0.isOver = true }
        sign.yield()
    }
}
