import Controller
import SearchSpaces
import Strategies
import Studies
import StudyStore
import TestSupport
import Testing

/// Same seed, same study: whatever interrupts it, and with several workers in the order of what happened.
@Suite(.timeLimit(.minutes(20))) struct ReproducibilityTests {
    private static let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)
    static let terminations: [EarlyTermination] = [
        .none, .median(warmUp: 1, startUpTrials: 5), .asha(rungs), .hyperband(rungs),
    ]

    /// Under a scheduler `auto` is the Gaussian process, which is played by its own name.
    static func pairs(_ terminations: [EarlyTermination]) -> [(Method, EarlyTermination)] {
        Method.allCases.flatMap { method in
            terminations.filter { method != .auto || $0 == .none }.map { (method, $0) }
        }
    }

    /// A space that the method can search: choices, numbers and conditions where it can.
    private func laboratory(_ method: Method, _ early: EarlyTermination, workers: Int = 1) throws -> (Laboratory, ToySpace) {
        let toy = method == .grid ? ToySpace.sixty : .conditional
        return (try Laboratory(toy, method, runCap: 40, workers: workers, early: early), toy)
    }

    @Test(arguments: pairs(terminations))
    func `killed at every tenth trial and resumed, a study is the undisturbed one`(
        method: Method, early: EarlyTermination
    ) async throws {
        var (laboratory, toy) = try laboratory(method, early)
        let undisturbed = try await laboratory.run(runner(of: toy)).1
        laboratory = try self.laboratory(method, early).0
        for number in [10, 20, 30] {
            laboratory = try await laboratory.remains(of: runner(of: toy)) { event in
                switch (number, event) {
                case (10, .launched(let trial, startsOver: _)), (30, .settled(let trial, error: _)): trial.id.number >= number
                case (20, .reported(let id, _)): id.number >= number
                default: false
                }
            }
        }
        let resumed = try await laboratory.run(runner(of: toy)).1
        #expect(resumed.trials.map(\.assignment) == undisturbed.trials.map(\.assignment))
        // Compared as text: NaN is not equal to itself.
        #expect(resumed.trials.map { "\($0.reports.map(\.value))" } == undisturbed.trials.map { "\($0.reports.map(\.value))" })
        #expect(resumed.trials.map(\.state) == undisturbed.trials.map(\.state))
        #expect(undisturbed.trials.count == 40)
    }

    @Test(arguments: pairs(terminations + [.successiveHalving(rungs), .asha(rungs, brackets: 3)]))
    func `replayed in the order of its events, a study of four workers comes out the same`(
        method: Method, early: EarlyTermination
    ) async throws {
        let (first, toy) = try laboratory(method, early, workers: 4)
        // Killed once, so that what ran then waits, and is launched again or settled.
        let laboratory = try await first.remains(of: runner(of: toy, atRandomPace: true)) { event in
            if case .reported(let id, _) = event { id.number >= 20 } else { false }
        }
        _ = try await laboratory.run(runner(of: toy, atRandomPace: true))
        #expect(try laboratory.replayed() == [])
    }

    @Test func `a replay tells another order of events, another seed and another end`() async throws {
        let (laboratory, toy) = try laboratory(.tpe, .asha(Self.rungs), workers: 4)
        _ = try await laboratory.run(runner(of: toy, atRandomPace: true))
        var other = laboratory
        other.specification.seed += 1
        let reseeded = try #require(try other.replayed())
        #expect(reseeded.contains { if case .added = $0.recorded { true } else { false } })

        let reordered = try laboratory.replayed { events in
            // Every second trial's end comes a little later.
            let ends = events.indices.filter { if case .settled = events[$0] { true } else { false } }
            for index in ends.dropLast(20) where index.isMultiple(of: 2) { events.swapAt(index, index + 1) }
        }
        #expect(reordered?.isEmpty == false)

        let ended = try laboratory.replayed { events in
            let index = events.firstIndex { if case .settled(_, .paused) = $0 { true } else { false } }
            if let index, case .settled(let id, _) = events[index] { events[index] = .settled(id, .complete) }
        }
        let divergence = try #require(ended?.first)
        #expect(divergence.now == "it would be paused or failed or waiting")
        guard case .settled(let id, .complete) = divergence.recorded else {
            Issue.record("\(divergence)")
            return
        }
        #expect(divergence.description == "trial \(id) was complete then; replayed, it would be paused or failed or waiting")

        #expect(try laboratory.replayed { $0.removeFirst($0.count / 2) } == nil)
    }

    @Test(arguments: pairs([.none, .asha(rungs)]))
    func `four workers try every one of sixty configurations once, and then end properly`(
        method: Method, early: EarlyTermination
    ) async throws {
        for runCap in [60, 70] {
            let laboratory = try Laboratory(.sixty, method, runCap: runCap, workers: 4, early: early)
            let (outcome, history) = try await laboratory.run(runner(of: .sixty, atRandomPace: true))
            #expect(Set(history.trials.prefix(60).map(\.assignment)).count == 60)
            #expect(history.trials.allSatisfy { $0.state.isFinal })
            // A grid has nothing to try twice; what can have noise is tried again by the others.
            let isGrid = MethodChoice(laboratory.specification).method == .grid
            #expect(history.trials.count == (isGrid ? 60 : runCap))
            #expect(outcome == .finished(note: isGrid && runCap == 70 ? "every configuration has been tried" : nil))
            #expect(try laboratory.replayed() == [])
        }
    }
}

extension Laboratory {
    /// The decisions that come out otherwise; nil: the events do not tell all.
    func replayed(_ change: (inout [RecordedEvent]) -> Void = { _ in }) throws -> [StudyReplay.Divergence]? {
        let store = try store()
        var events = try store.events().map(\.event)
        change(&events)
        var replay = StudyReplay(
            specification: specification, events: events, recorded: try store.history(), requests: try store.requests()
        ) { _, _ in
            try Suggester(specification: specification)
        }
        return try replay?.divergences()
    }
}
