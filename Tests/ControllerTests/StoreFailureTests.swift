import Controller
import GRDB
import Studies
import StudyStore
import TestSupport
import Testing
import TrialRunners

/// A store that refuses a report and would take the next.
struct StoreFailureTests {
    /// Hears nothing: whatever it is told, it goes on to its ninth report.
    private struct DeafRunner: TrialRunner {
        let threads = 1

        func recover(_ launches: [EarlierLaunch]) async -> Recovery { Recovery() }

        func run(
            _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
            onReport: @escaping @Sendable (ReportLine) async -> Directive
        ) async -> Completion {
            for step in 1...9 { _ = await onReport(ReportLine(step: step, value: Double(step), metrics: [:])) }
            return Completion(ending: .exited(0))
        }
    }

    @Test func `after a report that cannot be recorded no other is: there is no hole`() async throws {
        let laboratory = try Laboratory(runCap: 1)
        let controller = try laboratory.controller(DeafRunner())
        let other = try DatabaseQueue(path: laboratory.folder.database)
        try await other.write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER broken BEFORE INSERT ON report WHEN NEW.iter = 4 AND NEW.step = 4
                    BEGIN SELECT RAISE(ABORT, 'not that one'); END
                    """)
        }
        await #expect(throws: ControllerError.self) { try await controller.run() }
        try await other.write { try $0.execute(sql: "DROP TRIGGER broken") }
        #expect(try laboratory.store().history().trials.map { $0.reports.map(\.step) } == [[1, 2, 3]])
        let (outcome, history) = try await laboratory.run(DeafRunner())
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map { $0.reports.map(\.step) } == [Array(1...9)])
    }
}
