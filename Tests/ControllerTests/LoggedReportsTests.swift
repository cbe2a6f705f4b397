import Foundation
import Studies
import TestSupport
import Testing
import TrialRunners

@testable import Controller

struct LoggedReportsTests {
    private let temporary: TemporaryFolder
    private let path: String
    private var log: LoggedReports { LoggedReports(path) }

    init() throws {
        temporary = try TemporaryFolder(inMemory: true)
        path = temporary.path + "/log.txt"
    }

    private func steps(after last: Report?) -> [Int?] { log.read(WantedReports(metric: "loss"), after: last).map(\.step) }

    private func write(_ text: String) throws { _ = try temporary.write(text, to: "log.txt") }

    @Test func `what is beyond the record is read, once and in its order`() throws {
        #expect(steps(after: nil).isEmpty)
        try write(
            """
            loading
            {"step": 1, "loss": 3}
            {"step": 2, "loss": 2.5, "kernels": "avx2"}
            {'loss': 2.4}
            {"step": 2, "loss": 2.5}
            {"step": 3, "score": 1}
            {"step": 4, "loss": 2}
            {"step": 5, "lo
            """)
        #expect(steps(after: nil) == [1, 2, 4])
        #expect(steps(after: Report(iter: 1, step: 1, value: 3)) == [2, 4])
        #expect(
            log.read(WantedReports(metric: "loss"), after: Report(iter: 1, step: 1, value: 3)).first?.details == [
                "kernels": "avx2"
            ])
        #expect(steps(after: Report(iter: 4, step: 4, value: 2)).isEmpty)
        // Without steps nothing tells a new report from an old one.
        #expect(steps(after: Report(iter: 1, value: 3)).isEmpty)
    }

    @Test func `an earlier launch's reports are its own`() throws {
        log.begin(launch: 1)
        #expect(temporary.read("log.txt") == nil)
        try write(#"{"step": 9, "loss": 1}"#)
        log.begin(launch: 2)
        #expect(temporary.read("log.txt")?.hasSuffix("\nautolora: launch 2\n") == true)
        #expect(steps(after: nil).isEmpty)
        try write((temporary.read("log.txt") ?? "") + #"{"step": 3, "loss": 1}"# + "\n")
        #expect(steps(after: nil) == [3])
    }

    @Test func `of a long log the end is read`() throws {
        try write((1...30_000).map { #"{"step": \#($0), "loss": 1}"# + "\n" }.joined())
        #expect(steps(after: Report(iter: 29_998, step: 29_998, value: 1)) == [29_999, 30_000])
    }
}
