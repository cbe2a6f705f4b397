import SearchSpaces
import Studies
import Testing
import TrainerSettings

@Suite struct RequestLogTests {
    private static func done(_ number: Int, _ request: StudyRequest) -> RecordedRequest {
        RecordedRequest(number: number, at: Double(number), request, answer: .init(isDone: true, text: "", at: 9))
    }

    private let log = RequestLog([
        done(1, .note("first", nil)), done(2, .tag("a", Trial.ID(0))), done(3, .enqueue(["r": .int(2)], clone: nil)),
        RecordedRequest(
            number: 4, at: 4, .note("no", nil), answer: .init(isDone: false, text: "refused", at: 9)),
        done(5, .remove(2)), done(6, .enqueue(["r": .int(4)], clone: nil)), done(7, .tag("b", Trial.ID(0))),
        done(8, .prune(Trial.ID(0), reason: "slow")), RecordedRequest(number: 9, at: 9, .stop(reason: nil)),
    ])

    @Test func `notes and tags are those that were taken and not taken back`() {
        #expect(log.notes == [nil: [.init(number: 1, at: 1, text: "first")]])
        #expect(log.tags == [Trial.ID(0): [.init(number: 7, at: 7, text: "b")]])
        #expect(log.pending.map(\.number) == [9])
    }

    @Test func `what waits to be started is what has no trial, in the order of its requests`() {
        var history = History(goal: .maximize)
        #expect(log.queue(after: history).map(\.request) == [3, 6])
        var trial = Trial(id: Trial.ID(0), assignment: ["r": .int(2)], state: .running)
        trial.enqueuedBy = 3
        history.add(trial)
        #expect(log.queue(after: history) == [QueuedConfiguration(request: 6, assignment: ["r": .int(4)])])
    }

    @Test func `a trial is being pruned until it is over`() {
        var history = History(goal: .maximize, trials: [Trial(id: Trial.ID(0), assignment: [:], state: .running)])
        #expect(log.pruning(in: history).mapValues(\.pruning) == [Trial.ID(0): "pruned by request 8: slow"])
        history[Trial.ID(0)].state = .pruned
        #expect(log.pruning(in: history).isEmpty)
    }

    @Test func `a request that comes, or is answered, takes its place`() {
        var other = RequestLog()
        for request in log.requests.reversed() { other.take(request) }
        #expect(other == log)
        other.take(Self.done(9, .stop(reason: nil)))
        #expect(other.pending.isEmpty && other.requests.count == 9)
    }
}
