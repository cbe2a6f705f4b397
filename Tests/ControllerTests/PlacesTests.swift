import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrialRunners

/// Places that others may have all taken. As with leases, it is for the controller not to ask for more than there are.
private final class ScriptedPlaces: Places {
    private let state: Mutex<(isOccupied: Bool, asked: Int)>

    init(isOccupied: Bool = false) { state = Mutex((isOccupied, 0)) }

    var asked: Int { state.withLock { $0.asked } }

    func vacate() { state.withLock { $0.isOccupied = false } }

    func next(saying: @escaping @Sendable (String) async -> Void) async throws -> Place {
        state.withLock { $0.asked += 1 }
        while state.withLock({ $0.isOccupied }) {
            await saying("waiting for a place")
            try await Task.sleep(for: .milliseconds(5))
        }
        return Place(environment: ["PLACE": "here"], leases: ["name"])
    }
}

@Suite(.timeLimit(.minutes(5))) struct PlacesTests {
    private func runner(_ places: ScriptedPlaces, reports: Int = 3) -> FakeTrialRunner {
        FakeTrialRunner(places: places, curve: { _, iter in iter <= reports ? Double(iter) : nil })
    }

    @Test func `each launch is told of its place, and asks for it once`() async throws {
        let laboratory = try Laboratory(runCap: 7, workers: 3)
        let places = ScriptedPlaces()
        let runner = runner(places)
        let (outcome, history) = try await laboratory.run(runner)
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.count == 7 && history.trials.allSatisfy { $0.state == .complete })
        #expect(runner.launches.count == 7)
        #expect(runner.launches.allSatisfy { $0.environment["PLACE"] == "here" && $0.leases == ["name"] })
        #expect(places.asked == 7)
    }

    @Test func `a study whose places others have waits, says so, and goes on`() async throws {
        let laboratory = try Laboratory(runCap: 2, workers: 2)
        let places = ScriptedPlaces(isOccupied: true)
        let runner = runner(places)
        let outcome = try await laboratory.controller(runner) { event, _ in
            guard case .waiting(let text) = event else { return }
            #expect(text == "waiting for a place")
            #expect(runner.launches.isEmpty)
            places.vacate()
        }.run()
        #expect(outcome == .finished(note: nil))
        #expect(try laboratory.store().history().trials.map(\.state) == [.complete, .complete])
    }

    @Test func `a study that waits for a place can be interrupted`() async throws {
        let laboratory = try Laboratory(runCap: 2, workers: 2)
        let running = Mutex<Controller?>(nil)
        let controller = try laboratory.controller(runner(ScriptedPlaces(isOccupied: true))) { event, _ in
            if case .waiting = event { running.withLock { $0?.interrupt() } }
        }
        running.withLock { $0 = controller }
        defer { running.withLock { $0 = nil } }
        #expect(try await controller.run() == .stopped(.interrupted))
        #expect(try laboratory.store().history().trials.isEmpty)
    }

    @Test func `nothing is asked for where nothing is left to launch`() async throws {
        let laboratory = try Laboratory(runCap: 1, workers: 4)
        let places = ScriptedPlaces()
        _ = try await laboratory.run(runner(places))
        #expect(places.asked == 1)
    }

    @Test func `with rungs, promotions find their places too`() async throws {
        let early = EarlyTermination.successiveHalving(.init(eta: 3, minimum: 1, maximum: 9))
        let laboratory = try Laboratory(runCap: 9, workers: 3, early: early)
        let runner = runner(ScriptedPlaces(), reports: 9)
        let (outcome, history) = try await laboratory.run(runner)
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.contains { $0.launches == 3 })
        #expect(runner.launches.allSatisfy { $0.environment["PLACE"] == "here" })
    }
}
