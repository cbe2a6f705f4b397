import Foundation
import TestSupport
import Testing
import TrialRunners

@testable import Controller

@Suite struct ReportsAheadTests {
    private func line(_ step: Int?, _ value: Double) -> ReportLine { ReportLine(step: step, value: value, metrics: [:]) }

    private func ahead(_ steps: [Int?], _ values: [Double]) -> ReportsAhead {
        var ahead = ReportsAhead(launch: 1)
        for (index, (step, value)) in zip(steps, values).enumerated() { ahead.append(line(step, value), iter: 3 + index) }
        return ahead
    }

    @Test func `what comes before the next line's step is due`() {
        let ahead = ahead([30, 40, 50], [3, 4, 5])
        #expect(ahead.due(before: line(60, 6), after: 20).map(\.step) == [30, 40, 50])
        #expect(ahead.due(before: line(50, 5), after: 20).map(\.step) == [30, 40])
        #expect(ahead.due(before: line(30, 3), after: 20).isEmpty)
    }

    @Test func `without steps that count on, the figures tell what is made again`() {
        for steps in [[nil, nil, nil], [3, 4, 5]] as [[Int?]] {
            let ahead = ahead(steps, [0.3, 0.4, 0.5])
            let step = steps[0].map { _ in 1 }
            #expect(ahead.due(before: line(step, 0.6), after: steps[0].map { _ in 2 }).map(\.value) == [0.3, 0.4, 0.5])
            #expect(ahead.due(before: line(step, 0.4), after: steps[0].map { _ in 2 }).map(\.value) == [0.3])
            #expect(ahead.due(before: line(step, 0.3), after: steps[0].map { _ in 2 }).isEmpty)
        }
    }

    @Test func `it is kept with every figure, and what is on record by then is left out`() throws {
        let temporary = try TemporaryFolder()
        let path = temporary.path + "/ahead.json"
        var ahead = ReportsAhead(launch: 2)
        let lines = [
            ReportLine(step: 3, value: .nan, metrics: ["a": -.infinity, "b": 0.1], details: ["c": "d"]),
            ReportLine(step: nil, value: .leastNonzeroMagnitude, metrics: [:]),
        ]
        for (index, line) in lines.enumerated() { ahead.append(line, iter: 3 + index) }
        ahead.write(to: path)
        let read = try #require(ReportsAhead(at: path))
        #expect(read.launch == 2 && read.all.count == 2)
        #expect(read.all[0].value.isNaN && read.all[0].metrics == lines[0].metrics && read.all[0].details == lines[0].details)
        #expect(read.all[1] == lines[1])
        #expect(read.beyond(3).all == [lines[1]])
        for text in ["", "{}", "[", #"{"launch": 1, "lines": [{"iter": 1, "value": "x", "metrics": {}, "details": {}}]}"#] {
            _ = try temporary.write(text, to: "ahead.json")
            #expect(ReportsAhead(at: path) == nil)
        }
    }
}
