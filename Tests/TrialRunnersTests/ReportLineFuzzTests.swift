import Foundation
import SearchSpaces
import Testing

@testable import TrialRunners

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

    /// What can stand before or after a dictionary in its line.
    private static let surroundings = [
        "", " ", "[rank0]: ", "INFO:trainer:", "2025-01-02 03:04:05,678 - ", "100%|███| 3/3 [00:01<00:00,  2.9it/s]",
        "\u{1B}[A", "\u{1B}[1;32m",
        "\u{1B}]0;t\u{7}", "\r 50%|█  |\r", ",", "it's ", "{", "{'loss': 0.4} ", "}", "[", "(", "metrics=", "\u{FEFF}",
        "epoch 3: {2, 3} ", "\\", "é ",
        "{'a': [1, 2}", "<x {y> ", "{'eval_los': 1}", "\"",
    ]
    private static let values = [
        "0.25", "'0.25'", "np.float64(0.25)", "tensor(0.25, device='cuda:0')", "2.5e-1", "np.float32(0.25)", "tensor(0.25)",
    ]
    private static let others = [
        "", "'epoch': 1.0, ", "\"step\": 7, ", "'x': None, ", "'m': np.float64(4.5), ", "'a': array([1, 2]), ",
        "'d': {'eval_accuracy': 9}, ",
        "'o': <obj at 0x7f>, ", "'t': 'a } b', ", "'n\\'t': 1, ", "'l': [1, (2, 3)], ", "'\\u00e9': 2, ",
    ]

    private func pick<Value>(_ values: [Value], _ generator: inout SeededGenerator) -> Value {
        values[Int(generator.next() % UInt64(values.count))]
    }

    private func lines(_ output: String) -> [[UInt8]] {
        var splitter = LineSplitter()
        return splitter.take(Array(output.utf8)) + splitter.finish()
    }

    @Test func `a metric is found within any surroundings, and none where there is none`() {
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<4_000 {
            func surroundings() -> String {
                (0..<(generator.next() % 3)).map { _ in pick(Self.surroundings, &generator) }.joined()
            }
            // A quote or bracket that is never closed is closed by nothing in the dictionary: that begins by itself.
            let (before, after) = (surroundings(), surroundings())
            let name = pick(["'eval_accuracy'", "\"eval_accuracy\"", "'eval/accuracy'", "\"eval_\\u0061ccuracy\""], &generator)
            let dictionary =
                "{\(pick(Self.others, &generator))\(name): \(pick(Self.values, &generator)), \(pick(Self.others, &generator))'z': 1}"
            let output = "\(before)\(dictionary)\(after)\n"
            let found = lines(output).compactMap { parse($0)?.value }
            #expect(found == [0.25], "\(output)")
            let without = output.replacing(name, with: "'accuracy'")
            #expect(lines(without).allSatisfy { parse($0) == nil }, "\(without)")
        }
    }

    @Test func `hostile lines take no time that grows with their square`() {
        let start = ContinuousClock.now
        for piece in ["{", "{'a':", "{'a':[", "{'a':1,", "{\"", "{'", "\u{1B}[", "{'a':<", "{'a':(1,{'b':"] {
            let line = String(repeating: piece, count: ReportLine.longest / piece.utf8.count)
            #expect(parse(Array(line.utf8)) == nil)
        }
        #expect(start.duration(to: .now) < .seconds(60))
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
