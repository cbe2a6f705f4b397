import GRDB
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

/// What confirms a configuration, on record.
struct ConfirmationRecordTests {
    private let temporary: TemporaryFolder
    private let store: StudyStore

    init() throws {
        temporary = try TemporaryFolder()
        let folder = try StudyFolder(root: temporary.path, name: "s")
        try folder.make()
        store = try StudyStore.create(
            StudyRecord(
                name: "s", metric: "score", goal: .maximize, spaceFile: "", spaceFileName: "s.yaml", folder: temporary.path,
                seed: 7, runCap: 2, workers: 1, createdAt: 1), in: folder)
        try store.beginRun(at: 1)
        for number in 0..<2 { try add(number, value: Double(number), .search) }
        try add(2, value: 9, .confirm(of: Trial.ID(1), seed: 8))
        try add(3, value: 8, .confirm(of: nil, seed: 8))
    }

    private func add(_ number: Int, value: Double, _ purpose: Trial.Purpose) throws {
        var trial = Trial(id: Trial.ID(number), assignment: ["x": .int(number)], state: .running, launches: 1)
        trial.purpose = purpose
        try store.add(trial, at: 2)
        try store.record(Report(iter: 1, value: value), of: trial.id, at: 3)
        trial.state = .complete
        try store.settle(trial, error: nil, logTail: nil, at: 4)
    }

    @Test func `a trial's purpose comes back as it was recorded`() throws {
        let history = try store.history()
        #expect(history.trials.map(\.id.number) == [0, 1])
        #expect(
            history.confirmations.map(\.purpose) == [.confirm(of: Trial.ID(1), seed: 8), .confirm(of: nil, seed: 8)])
        #expect(try store.trials().map(\.record.number) == [0, 1, 2, 3])
    }

    @Test func `the search's figures leave confirmations out`() throws {
        let tally = try store.tally()
        #expect(tally.trials == 2 && tally.counts == [.complete: 2] && tally.confirmations == [.complete: 2])
        #expect(tally.best?.trial.id == Trial.ID(1) && tally.best?.report.value == 1)
        #expect(try store.bests().best?.trial.id == Trial.ID(1))
    }

    @Test func `more trials than run_cap contradict nothing where they confirm`() throws {
        #expect(store.damages().isEmpty)
    }

    @Test(arguments: [
        ("UPDATE trial SET purpose = NULL, seed = NULL WHERE number = 3", "it has 3 trials, more than its run_cap 2"),
        ("UPDATE trial SET purpose = 'fun' WHERE number = 3", #"trial 3 is for "fun", which there is not"#),
        ("UPDATE trial SET seed = NULL WHERE number = 3", "trial 3 confirms, but has no seed"),
        ("UPDATE trial SET confirms = 3 WHERE number = 2", "trial 2 confirms trial 3, which is none of the search"),
    ])
    func `what no controller leaves is told`(sql: String, problem: String) throws {
        try store.pool.write { try $0.execute(sql: sql) }
        #expect(store.damages().map(\.problem).contains(problem), "\(store.damages())")
    }

    @Test func `what is being confirmed, and what comes of it on the test split, is kept`() throws {
        let confirmation = ConfirmationPlan(
            finalists: [Trial.ID(1), Trial.ID(0)],
            baseline: .init(assignment: ["x": .string("Infinity"), "y": .double(0.1)]), seeds: [8, 9],
            seedParameter: "seed", searched: 2)
        try store.confirm(confirmation)
        #expect(try store.study().confirmation == confirmation)
        try store.recordTest(ofConfirming: Trial.ID(2), metrics: ["test_score": 0.75], at: 5)
        #expect(try store.trial(Trial.ID(2))?.testMetrics == ["test_score": 0.75])
        #expect(try store.trial(Trial.ID(1))?.testMetrics == nil)
        #expect(store.damages().isEmpty)
    }
}
