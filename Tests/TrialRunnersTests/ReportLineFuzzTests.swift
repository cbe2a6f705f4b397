import Foundation
import SearchSpaces
import Testing
import TrialRunners

@Suite struct ReportLineFuzzTests {
    private static let seeds = [
        #"{"step": 100, "eval_accuracy": 0.81, "loss": 0.42, "more": {"x": [1, 2, {"y": null}]}, "text": "a\"b\\"}"#,
        "{'eval_accuracy': '0.81', 'epoch': 1.0, 'ok': True, 'none': None, 'nan': nan}",
        #"{"eval_accuracy": NaN, "a": Infinity, "b": -Infinity, "c": 1e308, "d": -0.0}"#,
    ]

    private func parse(_ bytes: [UInt8]) -> ReportLine? { ReportLine(line: bytes, metric: "eval_accuracy") }

    @Test func `nothing that a trial prints stops the reader`() {
        var generator = SeededGenerator(seed: 11)
        var read = 0
        for round in 0..<20_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0...Int(generator.next() % 4) {
                let place = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            if parse(bytes) != nil { read += 1 }
        }
        // Some changes leave a report a report: the reader is not just refusing.
        #expect(read > 500)
        #expect(read < 15_000)
    }

    @Test func `every prefix of a report is log`() {
        for seed in Self.seeds {
            let bytes = Array(seed.utf8)
            #expect(parse(bytes) != nil)
            for length in 0..<bytes.count { #expect(parse(Array(bytes.prefix(length))) == nil) }
        }
    }

    @Test func `nesting has a bottom`() {
        let deep = String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000)
        #expect(parse(Array("{\"eval_accuracy\": 1, \"x\": \(deep)}".utf8)) == nil)
        #expect(parse(Array("{\"eval_accuracy\": 1, \"x\": [[[[1]]]]}".utf8))?.value == 1)
    }

    @Test func `numbers are read as JSON reads them`() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<2_000 {
            let number = Double(bitPattern: generator.next())
            guard number.isFinite else { continue }
            let line = "{\"eval_accuracy\": \(number)}"
            let decoded = try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
            #expect(parse(Array(line.utf8))?.value == decoded["eval_accuracy"])
        }
    }

    @Test func `figures beside the metric are kept, words and lists are not`() {
        let report = parse(
            Array(#"{"eval_accuracy": 1, "a": "2.5", "b": "x", "c": [3], "d": {"e": 4}, "f": true, "step": 7.5}"#.utf8))
        #expect(report?.metrics == ["a": 2.5])
        #expect(report?.step == nil)
    }
}
