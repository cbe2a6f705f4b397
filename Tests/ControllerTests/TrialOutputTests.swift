import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import TrialRunners

@testable import Controller

struct TrialOutputTests {
    private let temporary: TemporaryFolder
    private let output: TrialOutput
    private let wanted = WantedReports(metric: "loss")

    init() throws {
        temporary = try TemporaryFolder(inMemory: true)
        output = TrialOutput(temporary.path + "/output.txt")
    }

    @Test func `a launch's reports are read from its own output`() throws {
        #expect(output.read(wanted) == nil)
        let start = TrialOutput.Start(launch: 2, reports: 3, isResumed: true)
        output.begin(start)
        let printed = """
            loading
            {"step": 1, "loss": 3}
             50%|##  |\r[rank0]: {'loss': np.float64(2.5)}
            {"step": 3, "score": 1}
            {"step": 5, "lo
            """
        _ = try temporary.write((temporary.read("output.txt") ?? "") + printed, to: "output.txt")
        let read = try #require(output.read(wanted))
        #expect(read.start == start)
        #expect(read.reports.map(\.value) == [3, 2.5])
        // The next launch begins without them.
        output.begin(TrialOutput.Start(launch: 3, reports: 5, isResumed: false))
        let next = try #require(output.read(wanted))
        #expect(next.start == TrialOutput.Start(launch: 3, reports: 5, isResumed: false))
        #expect(next.reports.isEmpty)
        output.remove()
        #expect(temporary.read("output.txt") == nil)
    }

    @Test(arguments: ["", "{\"loss\": 1}\n", "autolora: launch x after 3 reports, from a checkpoint\n{\"loss\": 1}\n"])
    func `a file without its beginning tells nothing`(text: String) throws {
        _ = try temporary.write(text, to: "output.txt")
        #expect(output.read(wanted) == nil)
    }

    @Test func `a link in its place is not written through`() throws {
        let other = try temporary.write("mine", to: "other")
        try FileManager.default.createSymbolicLink(atPath: temporary.path + "/output.txt", withDestinationPath: other)
        output.begin(TrialOutput.Start(launch: 1, reports: 0, isResumed: false))
        #expect(temporary.read("other") == "mine")
        #expect(temporary.read("output.txt")?.hasPrefix("autolora: launch 1") == true)
    }

    @Test func `a log tells where its further launches begin`() throws {
        let mark = LaunchMark(log: temporary.path + "/log.txt")
        mark.write(launch: 1)
        #expect(temporary.read("log.txt") == nil)
        _ = try temporary.write("unfinished", to: "log.txt")
        mark.write(launch: 2)
        #expect(temporary.read("log.txt") == "unfinished\nautolora: launch 2\n")
    }

    // MARK: - A controller that died

    /// A study whose only trial has these reports, was running, and printed this in its latest launch.
    private func resumed(
        reports: [Report], start: TrialOutput.Start, printed: String, early: EarlyTermination = .none
    ) async throws -> Trial {
        let laboratory = try Laboratory(runCap: 1, early: early)
        let store = try laboratory.store()
        try store.beginRun(at: 0)
        let trial = Trial(
            id: Trial.ID(0), assignment: ["x": .double(0.5)], state: .running, launches: start.launch, milestone: nil)
        try store.add(trial, at: 0)
        for report in reports { try store.record(report, of: trial.id, at: 0) }
        let output = TrialOutput(laboratory.folder.output(of: trial.id))
        try FileManager.default.createDirectory(atPath: laboratory.folder.trial(trial.id), withIntermediateDirectories: true)
        output.begin(start)
        let path = "lab/trials/0/output.txt"
        _ = try laboratory.temporary.write((laboratory.temporary.read(path) ?? "") + printed, to: path)
        _ = try laboratory.temporary.write("{\"score\": 99}\n{\"step\": 77, \"score\": 99}\n", to: "lab/trials/0/log.txt")
        // It ends at once when it is launched again.
        return try await laboratory.run(FakeTrialRunner(curve: { _, _ in nil })).1.trials[0]
    }

    private static let first = TrialOutput.Start(launch: 1, reports: 0, isResumed: false)

    @Test func `what it had not recorded is taken, without steps too, and nothing of standard error`() async throws {
        let printed = "{\"score\": 1}\n{\"score\": 1}\n{\"score\": 2}\nbye\n{\"score\": 3}\n"
        for recorded in 0...4 {
            let values: [Double] = [1, 1, 2, 3]
            let reports = values.prefix(recorded).enumerated().map { Report(iter: $0.offset + 1, value: $0.element) }
            let trial = try await resumed(reports: reports, start: Self.first, printed: printed)
            #expect(trial.reports.map(\.value) == values)
        }
    }

    @Test func `one evaluation in two lines is one report there too`() async throws {
        let printed = "{\"step\": 1, \"score\": 0.51239}\n{'score': '0.5124', 'epoch': 1}\n{\"step\": 2, \"score\": 0.6}\n"
        for recorded in 0...2 {
            let reports = [Report(iter: 1, step: 1, value: 0.51239), Report(iter: 2, step: 2, value: 0.6)].prefix(recorded)
            let trial = try await resumed(reports: Array(reports), start: Self.first, printed: printed)
            #expect(trial.reports.map(\.step) == [1, 2])
            #expect(trial.reports.first?.metrics["epoch"] == (recorded < 2 ? 1 : nil))
        }
    }

    @Test func `a launch that makes reports again adds only what is new`() async throws {
        let reports = (1...3).map { Report(iter: $0, step: $0 * 10, value: Double($0)) }
        let start = TrialOutput.Start(launch: 2, reports: 2, isResumed: true)
        let printed = (2...4).map { "{\"step\": \($0 * 10), \"score\": \($0)}\n" }.joined()
        #expect(try await resumed(reports: reports, start: start, printed: printed).reports.map(\.step) == [10, 20, 30, 40])
    }
}
