package import SearchSpaces

/// All that was asked of a study, in its order, and what stands of it.
package struct RequestLog: Sendable, Hashable {
    /// By rising number.
    package private(set) var requests: [RecordedRequest]

    package init(_ requests: [RecordedRequest] = []) { self.requests = requests }

    /// A note or a tag.
    package struct Mark: Sendable, Hashable {
        /// The request's, by which it is removed.
        package let number: Int
        package let at: Double
        package let text: String

        package init(number: Int, at: Double, text: String) { (self.number, self.at, self.text) = (number, at, text) }
    }

    /// Takes a request that is new, or was answered.
    package mutating func take(_ request: RecordedRequest) {
        if let place = requests.lastIndex(where: { $0.number <= request.number }) {
            if requests[place].number == request.number {
                requests[place] = request
            } else {
                requests.insert(request, at: place + 1)
            }
        } else {
            requests.insert(request, at: 0)
        }
    }

    package subscript(number: Int) -> RecordedRequest? { requests.first { $0.number == number } }

    /// Those that nobody has answered yet.
    package var pending: [RecordedRequest] { requests.filter { $0.answer == nil } }

    /// What was done and not taken back.
    private var standing: [RecordedRequest] {
        let removed = Set(requests.compactMap { if $0.isDone, case .remove(let number) = $0.request { number } else { nil } })
        return requests.filter { $0.isDone && !removed.contains($0.number) }
    }

    /// By trial; nil: those on the study itself.
    package var notes: [Trial.ID?: [Mark]] {
        marks { if case .note(let text, let trial) = $0 { (trial, text) } else { nil } }
    }

    /// By trial; nil: those of the study itself.
    package var tags: [Trial.ID?: [Mark]] {
        marks { if case .tag(let text, let trial) = $0 { (trial, text) } else { nil } }
    }

    private func marks(_ content: (StudyRequest) -> (Trial.ID?, String)?) -> [Trial.ID?: [Mark]] {
        standing.reduce(into: [:]) { marks, recorded in
            guard let (trial, text) = content(recorded.request) else { return }
            marks[trial, default: []].append(Mark(number: recorded.number, at: recorded.at, text: text))
        }
    }

    /// Configurations that wait to be started, in the order in which they will be.
    package func queue(after history: History) -> [QueuedConfiguration] {
        queue(without: Set(history.trials.compactMap(\.enqueuedBy)))
    }

    /// - Parameter started: the requests whose configurations have trials.
    package func queue(without started: Set<Int>) -> [QueuedConfiguration] {
        standing.compactMap { request in
            guard case .enqueue(let assignment, _) = request.request, !started.contains(request.number) else { return nil }
            return QueuedConfiguration(request: request.number, assignment: assignment)
        }
    }

    /// The requests by which trials are pruned that are not over yet, by trial.
    package func pruning(in history: History) -> [Trial.ID: RecordedRequest] {
        requests.reduce(into: [:]) { found, request in
            guard request.isDone, case .prune(let id, _) = request.request, history.contains(id), !history[id].state.isFinal
            else { return }
            found[id] = request
        }
    }
}

/// A configuration that was asked for and waits to be started.
package struct QueuedConfiguration: Sendable, Hashable {
    /// The request's number.
    package let request: Int
    package let assignment: Assignment

    package init(request: Int, assignment: Assignment) { (self.request, self.assignment) = (request, assignment) }
}
