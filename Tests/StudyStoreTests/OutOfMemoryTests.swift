import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

struct OutOfMemoryTests {
    private let temporary: TemporaryFolder
    private let store: StudyStore

    init() throws {
        temporary = try TemporaryFolder()
        let record = StudyRecord(
            name: "reviews", metric: "score", goal: .maximize, spaceFile: "", spaceFileName: "space.yaml", folder: "/", seed: 7,
            runCap: 9, workers: 1, createdAt: 100)
        store = try StudyStore.create(record, in: StudyFolder(root: temporary.path, name: "reviews"))
        try store.beginRun(at: 100)
    }

    private func launched(_ number: Int, halvings: Int = 0) throws -> Trial {
        var trial = Trial(id: Trial.ID(number), assignment: ["r": .int(8)], state: .running, launches: 1)
        trial.halvings = halvings
        try store.add(trial, at: 101)
        return trial
    }

    @Test func `what ran out of memory is on record, with its event before its end`() throws {
        var trial = try launched(0)
        (trial.state, trial.outOfMemory) = (.pruned, "out of GPU memory (x)")
        try store.settle(trial, error: "ended; out of GPU memory (x)", logTail: nil, at: 102)
        #expect(try store.history().trials == [trial])
        #expect(try store.trial(trial.id)?.infeasible == "out of GPU memory (x)")
        #expect(try store.tally().ranOutOfMemory == 1)
        #expect(
            try store.events().map(\.event) == [
                .began(runCap: 9), .added(trial.id, milestone: nil), .ranOutOfMemory(trial.id), .settled(trial.id, .pruned),
            ])
        #expect(store.damages() == [])
    }

    @Test func `each halving is an event, also one that a trial begins with`() throws {
        var trial = try launched(0)
        (trial.state, trial.halvings) = (.waiting, 1)
        try store.settle(trial, error: "again", logTail: nil, at: 102)
        (trial.state, trial.launches) = (.running, 2)
        try store.launched(trial, at: 103)
        trial.state = .complete
        try store.settle(trial, error: nil, logTail: nil, at: 104)
        let second = try launched(1, halvings: 2)
        #expect(try store.history().trials.map(\.halvings) == [1, 2])
        #expect(
            try store.events().map(\.event) == [
                .began(runCap: 9), .added(trial.id, milestone: nil), .halved(trial.id, times: 1), .settled(trial.id, .waiting),
                .launched(trial.id, milestone: nil), .settled(trial.id, .complete), .added(second.id, milestone: nil),
                .halved(second.id, times: 2),
            ])
        #expect(store.damages() == [])
        #expect(try store.tally().ranOutOfMemory == 0)
    }
}
