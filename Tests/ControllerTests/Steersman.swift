import Controller
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import TrialRunners

/// Somebody in another process, as far as the study can tell.
struct Steersman: Sendable {
    let folder: StudyFolder

    func ask(_ request: StudyRequest, patience: Duration = .seconds(60)) async throws -> RecordedRequest {
        try await StudyStore.ask(request, of: folder, rules: { _ in RequestRules(nil) }, patience: patience, now: { 0 })
    }

    func history() throws -> History { try StudyStore.open(folder, for: .reading).history() }

    /// Waits until the study is as told.
    func wait(until isSo: (History) -> Bool) async throws {
        while try !isSo(history()) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// Trials of nine reports whose values are their configurations', each report after a while: long enough to steer one in it.
func nineReports(_ pace: Duration = .milliseconds(200)) -> FakeTrialRunner {
    FakeTrialRunner(
        pace: { pace },
        objective: { assignment, iter in iter <= 9 ? (assignment["x"]?.number ?? 0) + Double(iter) / 100 : nil }
    )
}

extension Laboratory {
    /// Runs a study under its lock while somebody steers it.
    func steered(
        _ runner: any TrialRunner,
        by steer: @escaping @Sendable (Steersman) async throws -> Void
    ) async throws -> (Outcome, History) {
        let store = try store()
        let lock = try StudyLock(folder)
        let folder = folder
        let steering = Task { try await steer(Steersman(folder: folder)) }
        let outcome = try await controller(runner).run()
        try await steering.value
        try store.answerLate(by: RequestRules(specification), at: 0)
        _ = consume lock
        #expect(store.damages().isEmpty)
        #expect(try replayed() == [])
        return (outcome, try store.history())
    }
}
