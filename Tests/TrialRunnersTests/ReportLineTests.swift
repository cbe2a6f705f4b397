import Testing
@testable import TrialRunners

@Suite struct ReportLineTests {
    private func report(_ line: String) -> ReportLine? { ReportLine(line: Array(line.utf8), metric: "eval_accuracy") }

    @Test func `a JSON line with the metric is a report`() {
        let report = report(#"{"step": 100, "eval_accuracy": 0.81, "loss": 0.42, "note": "x"}"#)
        #expect(report == ReportLine(step: 100, value: 0.81, metrics: ["loss": 0.42], details: ["note": "x"]))
    }

    @Test(arguments: [
        ("{'eval_accuracy': '0.81', 'epoch': '1'}", 0.81), ("{'eval_accuracy': 0.5, 'ok': True, 'none': None}", 0.5),
        (#"  {"eval_accuracy": Infinity}"#, .infinity), (#"{"eval_accuracy": -Infinity}"#, -.infinity),
        ("{'eval_accuracy': 1e-5}\r", 1e-5), ("{'eval_accuracy': -inf}", -.infinity), ("{'eval_accuracy': 1}", 1),
        ("{'eval_accuracy': 0.25, 'said': 'it is True, isn\\'t it'}", 0.25),
    ])
    func `Python's ways to write a number are read`(line: String, value: Double) {
        #expect(report(line)?.value == value)
    }

    @Test func `short texts are kept beside the figures, one a name`() {
        let long = String(repeating: "x", count: 201)
        let line = """
            {"eval_accuracy": 1, "a": "b", "count": "3", "c": "d", "c": 4, "e": 5, "e": "f", "long": "\(long)", "list": ["g"]}
            """
        #expect(report(line)?.details == ["a": "b", "e": "f"])
        #expect(report(line)?.metrics == ["count": 3, "c": 4])
    }

    @Test(arguments: [#"{"eval_accuracy": NaN}"#, "{'eval_accuracy': nan}", "{'eval_accuracy': 'nan'}"])
    func `NaN is a number`(line: String) {
        #expect(report(line)?.value.isNaN == true)
    }

    @Test(arguments: [
        "", "{", "{}", "[0.81]", "eval_accuracy: 0.81", #"{"eval_accuracy": "good"}"#, #"{"eval_accuracy": null}"#,
        #"{"accuracy": 0.81}"#, #"{"eval_accuracy": [1]}"#, #"{"eval_accuracy": 0.8"#, #"x {"eval_accuracy": 0.8}"#,
        #"{"eval_accuracy": true}"#,
    ])
    func `all else is log`(line: String) {
        #expect(report(line) == nil)
    }

    @Test func `lines are cut wherever the bytes come in, and endless ones are passed over`() {
        var splitter = LineSplitter()
        #expect(splitter.take(Array("ab".utf8)).isEmpty)
        #expect(splitter.take(Array("c\nd\n".utf8)) == [Array("abc".utf8), Array("d".utf8)])
        for _ in 0..<100 { #expect(splitter.take([UInt8](repeating: 65, count: 10_000)).isEmpty) }
        #expect(splitter.take(Array("\nrest".utf8)).isEmpty)
        #expect(splitter.finish() == [Array("rest".utf8)])
    }
}
