import SearchSpaces
import Testing

@testable import TrialRunners

@Suite struct ReportLineTests {
    private func report(_ line: String) -> ReportLine? { ReportLine(line: Array(line.utf8), metric: "eval_accuracy") }

    /// What a program's output gives, cut into lines as a live trial's is.
    private func values(_ output: String, metric: String = "eval_loss") -> [Double] {
        var splitter = LineSplitter()
        let reader = LineReader(WantedReports(metric: metric))
        let lines = splitter.take(Array(output.utf8)) + splitter.finish()
        return lines.compactMap { reader.report(in: $0)?.value }
    }

    @Test func `without a metric the configuration is passed over, and a measure is taken`() {
        let wanted = WantedReports(metric: nil, parameters: ["learning_rate", "batch_size"])
        let reader = LineReader(wanted)
        func metric(_ line: String) -> String? { reader.report(in: Array(line.utf8))?.spelling }
        #expect(metric("{'learning_rate': 0.1, 'batch_size': 8.0}") == nil)
        #expect(metric("{'n_params': 1000000, 'device_count': 1}") == nil)
        #expect(metric("{'learning-rate': 0.1, 'hidden': 64}") == nil)
        #expect(metric("{'epoch': 1, 'train_loss': 10.0, 'val_acc': 0.6}") == "val_acc")
        #expect(metric("{'loss': 2.0, 'learning_rate': 0.1}") == "loss")
        #expect(metric("{'y': 2.0, 'note': 'x'}") == "y")
    }

    @Test func `a JSON line with the metric is a report`() {
        let report = report(#"{"step": 100, "eval_accuracy": 0.81, "loss": 0.42, "note": "x"}"#)
        #expect(report == ReportLine(step: 100, value: 0.81, metrics: ["loss": 0.42], details: ["note": "x"]))
    }

    @Test(arguments: [
        ("{'eval_accuracy': '0.81', 'epoch': '1'}", 0.81), ("{'eval_accuracy': 0.5, 'ok': True, 'none': None}", 0.5),
        (#"  {"eval_accuracy": Infinity}"#, .infinity), (#"{"eval_accuracy": -Infinity}"#, -.infinity),
        ("{'eval_accuracy': 1e-5}\r", 1e-5), ("{'eval_accuracy': -inf}", -.infinity), ("{'eval_accuracy': 1}", 1),
        ("{'eval_accuracy': 0.25, 'said': 'it is True, isn\\'t it'}", 0.25),
        ("{'eval_accuracy': np.float64(0.81)}", 0.81),
        ("{'eval_accuracy': np.float32(0.8700000047683716), 'epoch': 3.0}", 0.8700000047683716),
        ("{'eval_accuracy': numpy.float64('0.5')}", 0.5), ("{'eval_accuracy': tensor(0.85)}", 0.85),
        ("{'eval_accuracy': tensor(1.)}", 1),
        ("{'eval_accuracy': tensor(0.81, device='cuda:0', grad_fn=<MeanBackward0>)}", 0.81),
        ("{'eval_accuracy': Array(0.25, dtype=float32)}", 0.25), ("{'eval_accuracy': array(0.5)}", 0.5),
        ("{'eval_accuracy': np.int64(3)}", 3), ("{'eval_accuracy': Decimal('0.75')}", 0.75),
    ])
    func `Python's ways to write a number are read`(line: String, value: Double) {
        #expect(report(line)?.value == value)
    }

    @Test(arguments: [
        "np.float64(44.35)", "array([0.5, 0.6])", "tensor([0.1, 0.2], device='cuda:0')", "None", "{'a': {'b': 1}}",
        "[1, {'c': ')'}]",
        "<object at 0x7f1, b>", "datetime.datetime(2025, 1, 2)", "PosixPath('/a}b')", "0.8 0.9", "(1, 2)", "torch.float32",
        "nan",
        "array([[1, 2],", "'a' 'b'",
    ])
    func `an unreadable value spoils itself alone`(value: String) {
        let isBroken = value.hasSuffix(",")
        #expect(report("{'eval_accuracy': 0.8, 'x': \(value), 'epoch': 2.0}")?.value == (isBroken ? nil : 0.8))
        #expect(report("{'x': \(value), 'eval_accuracy': 0.8}")?.value == (isBroken ? nil : 0.8))
        #expect(report("{'eval_accuracy': 0.8, 'x': \(value), 'epoch': 2.0}")?.metrics["epoch"] == (isBroken ? nil : 2))
    }

    @Test(arguments: [
        "array([0.8])", "tensor([0.8])", "True", "None", "[0.8]", "{'a': 0.8}", "'good'", "f(0.8)", "np.float64(0.8, 0.9)",
        "x.y",
    ])
    func `what holds no single number is none`(value: String) {
        #expect(report("{'eval_accuracy': \(value)}") == nil)
    }

    @Test func `short texts are kept beside the figures, one a name`() {
        let long = String(repeating: "x", count: 201)
        let line = """
            {"eval_accuracy": 1, "a": "b", "count": "3", "c": "d", "c": 4, "e": 5, "e": "f", "long": "\(long)", "list": ["g"]}
            """
        #expect(report(line)?.details == ["a": "b", "e": "f"])
        #expect(report(line)?.metrics == ["count": 3, "c": 4])
    }

    @Test(arguments: [
        #"{"eval_accuracy": NaN}"#, "{'eval_accuracy': nan}", "{'eval_accuracy': 'nan'}", "{'eval_accuracy': tensor(nan)}",
    ])
    func `NaN is a number`(line: String) {
        #expect(report(line)?.value.isNaN == true)
    }

    @Test(arguments: [
        "", "{", "{}", "[0.81]", "eval_accuracy: 0.81", #"{"eval_accuracy": "good"}"#, #"{"eval_accuracy": null}"#,
        #"{"accuracy": 0.81}"#, #"{"eval_accuracy": [1]}"#, #"{"eval_accuracy": 0.8"#, #"{"eval_accuracy": 0.8]}"#,
        #"{"eval_accuracy": true}"#, "{'a': {'eval_accuracy': 0.8}}", "{eval_accuracy: 0.8}", "{'eval_accuracy', 0.8}",
        #"{"log": "{'eval_accuracy': 0.8}"}"#,
    ])
    func `all else is log`(line: String) {
        #expect(report(line) == nil)
    }

    @Test(arguments: [
        "[rank0]: {'eval_loss': 0.5, 'epoch': 1.0}", "INFO:trainer:{'eval_loss': 0.5}", "{'eval_loss': 0.5} <- epoch 4",
        "[INFO|2025-01-02 03:04:05] callbacks:143 >> {'eval_loss': 0.5, 'epoch': 3.0}", #"{"eval_loss": 0.5, "epoch": 5.0},"#,
        "\u{FEFF}{\"eval_loss\": 0.5}", "{'eval_loss': 0.9} {'eval_loss': 0.5}", "{'eval_loss': 0.5} {'loss': 0.9}",
        "{'a {'eval_loss': 0.5}",
        "set {1, 2}: {'eval_loss': 0.5}", "it's {'eval_loss': 0.5}", "metrics={'eval_loss': 0.5})",
        "[{'eval_loss': 0.9}, {'eval_loss': 0.5}]",
        "\u{1B}]0;title\u{7}{\u{1B}[32m'eval_loss'\u{1B}[0m: \u{1B}[1;36m0.5\u{1B}[0m}",
        "\u{1B}(B\u{1B}[K{'eval_loss': 0.5}\u{1B}[0m",
        "{{'eval_loss': 0.5}}", "100%|##| 30/30 [00:03<00:00, 9.1it/s]\u{1B}[A{'eval_loss': 0.5}      ",
    ])
    func `what shares the line does not matter, and of several the last counts`(line: String) {
        #expect(values(line + "\n") == [0.5])
    }

    @Test func `dictionaries between a progress bar's carriage returns count once each`() {
        let output = """
             33%|###       | 10/30 [00:01<00:02,  9.1it/s]{'eval_loss': 0.60, 'eval_runtime': 1.5, 'epoch': 1.0}
            \r 66%|######    | 20/30 [00:02<00:01,  9.1it/s]\r                        \r{'eval_loss': 0.50, 'epoch': 2.0}
            \u{1B}[A\r100%|##########| 30/30 [00:03<00:00,  9.1it/s]\u{1B}[A{'eval_loss': 0.40, 'epoch': 3.0}                       \r
            """
        #expect(values(output) == [0.6, 0.5, 0.4])
    }

    @Test(arguments: [
        (#"{"pr\u00e9cision/\u00b5": 0.5}"#, "précision/µ"), (#"{"\ud83d\ude00 ok": 0.5}"#, "😀 ok"),
        (#"{"a\"b": 0.5}"#, #"a"b"#),
        (#"{'it\'s "best"': 0.5}"#, #"it's "best""#), (#"{"a\/b\\c": 0.5}"#, #"a/b\c"#), (#"{'\xe9t\U0001f600': 0.5}"#, "ét😀"),
        (#"{"5": 0.5}"#, "5"), (#"{"acc@1 (%)": 0.5}"#, "acc@1 (%)"), (#"{"\ud83d": 0.5}"#, "\u{FFFD}"),
        (#"{"\u12": 0.5}"#, "u12"),
        (#"{"tab\there": 0.5}"#, "tab\there"),
    ])
    func `names are read with their escapes`(line: String, name: String) {
        #expect(values(line, metric: name) == [0.5])
    }

    @Test(arguments: [("eval/loss", "eval_loss"), ("eval_loss", "eval/loss"), ("a/b_c", "a_b/c")])
    func `a slash and an underscore are one in a name`(name: String, spelling: String) {
        let line = ReportLine(line: Array("{'\(spelling)': 0.5, 'x': 1}".utf8), metric: name)
        #expect(line?.value == 0.5)
        #expect(line?.spelling == spelling)
        #expect(line?.metrics == ["x": 1])
        let sure = ReportLine(line: Array("{'\(spelling)': 0.5, '\(spelling)_se': 0.1}".utf8), metric: name)
        #expect(sure?.metrics == [name + "_se": 0.1])
        // The study's own spelling comes first.
        let both = ReportLine(line: Array("{'\(spelling)': 0.5, '\(name)': 0.25}".utf8), metric: name)
        #expect(both?.value == 0.25)
        #expect(both?.spelling == nil)
    }

    @Test func `further metrics and constrained figures get the study's names too`() {
        let reader = LineReader(WantedReports(metric: "loss", others: ["eval/f1", "mem"]))
        #expect(
            reader.report(in: Array("{'loss': 1, 'eval_f1': 2, 'mem': 3, 'eval_x': 4}".utf8))?.metrics == [
                "eval/f1": 2, "mem": 3, "eval_x": 4,
            ])
    }

    @Test func `lines are cut wherever the bytes come in, and endless ones are passed over`() {
        var splitter = LineSplitter()
        #expect(splitter.take(Array("ab".utf8)).isEmpty)
        #expect(splitter.take(Array("c\nd\r\n\re\r".utf8)) == [Array("abc".utf8), Array("d".utf8), Array("e".utf8)])
        for _ in 0..<100 { #expect(splitter.take([UInt8](repeating: 65, count: 10_000)).isEmpty) }
        #expect(splitter.take(Array("\nrest".utf8)).isEmpty)
        #expect(splitter.finish() == [Array("rest".utf8)])
    }

    @Test func `several reports at one instant after a silence are marked, fast ones are not`() {
        let line = ReportLine(step: nil, value: 1, metrics: [:])
        func delay(_ count: Int, _ seconds: Double) -> ReportLine.Delay? {
            var lines = Array(repeating: line, count: count)
            lines.mark(after: seconds)
            return lines.first?.delay
        }
        #expect(delay(3, 40) == ReportLine.Delay(reports: 3, seconds: 40))
        #expect(delay(2, 40) == nil)
        #expect(delay(20, 0.5) == nil)
    }
}

@Suite struct NestedFigureTests {
    @Test(arguments: [
        (#"{"metrics": {"eval_loss": 0.4}, "step": 1}"#, ["metrics", "eval_loss"]),
        ("x {'a': {'b': [{'eval/loss': np.float64(1)}]}} y", ["a", "b", "eval/loss"]),
        (#"{"c": 1} {"history": [{"epoch": 1, "eval_loss": 1}]}"#, ["history", "eval_loss"]),
    ])
    func `a figure in a dictionary within another is found`(line: String, path: [String]) throws {
        let figure = try #require(NestedFigure("eval_loss", in: Array(line.utf8)))
        #expect(figure.path == path)
        #expect(
            figure.words.contains(
                "stands within '\(path.dropLast().joined(separator: "."))', and only a dictionary's own names count"))
    }

    @Test func `what is none, and what never ends, is not`() {
        for line in [#"{"eval_loss": 1}"#, #"{"a": {"eval_loss": "x"}}"#, "{'a': {", "", "no"] {
            #expect(NestedFigure("eval_loss", in: Array(line.utf8)) == nil)
        }
        let deep = String(repeating: "{'a': ", count: 5000)
        #expect(NestedFigure("eval_loss", in: Array(deep.utf8)) == nil)
    }
}

@Suite struct LinePatternReadingTests {
    private func report(_ pattern: String, _ line: String, metric: String = "val_loss") -> ReportLine? {
        LineReader(WantedReports(metric: metric, source: ReportSource(pattern: pattern))).report(in: Array(line.utf8))
    }

    @Test(arguments: [
        ("Val loss ([0-9.eE+-]+)", "Iter 1: Val loss 2.381, Val took 16.942s"),
        (#"Val loss (?<val_loss>\S+)"#, "Iter 1: Val loss 2.381, Val took"),
        (#"(?P<val_loss>[\d.]+)$"#, "2.381"), ("(?i)val LOSS ([0-9.]+)", "Val loss 2.381"), ("loss (.*)%", "loss 2.381%"),
        (#"loss (\S+)"#, "loss (2.381)"), (#"loss (\S+)"#, "loss [2.381],"), (#"loss (\S+)"#, "loss '2.381'"),
        (#"loss (\S+)"#, "loss (tensor(2.381))"),
        (#"loss (\S+)"#, "loss 9.9 loss 2.381"), (#"loss=(\S+)"#, "{'loss': 1} \u{1B}[1mloss=np.float64(2.381)\u{1B}[0m"),
    ])
    func `a pattern's group is the metric`(pattern: String, line: String) {
        #expect(report(pattern, line)?.value == 2.381)
    }

    @Test func `named groups are figures, and step is the step`() {
        let pattern = #"Iter (?<step>\d+): (?<val_loss>\S+) acc (?<eval_acc>\S+)"#
        #expect(report(pattern, "Iter 25: 1.5 acc 95.3%") == ReportLine(step: 25, value: 1.5, metrics: ["eval_acc": 95.3]))
        let other = report(#"acc (?<eval_acc>\S+)"#, "acc 0.5", metric: "eval/acc")
        #expect(other?.value == 0.5)
        #expect(other?.spelling == "eval_acc")
    }

    @Test(arguments: [("loss 0,5", "0,5"), ("loss 1,234.5", "1,234.5"), ("loss (0.3, 0.4)", "(0.3,"), ("loss n/a", "n/a")])
    func `a group that holds no number is told from a line that does not match`(line: String, held: String) {
        let reader = LineReader(WantedReports(metric: "val/loss", source: ReportSource(pattern: #"loss (?<val_loss>\S+)"#)))
        let readings = [reader.read(Array(line.utf8))]
        guard case .noNumber(held) = readings[0] else {
            if line != "loss (0.3, 0.4)" { Issue.record("\(readings)") }
            return
        }
        #expect(
            FoundFigures.held(readings)?.hasPrefix("metric_pattern matches, but what its group holds is no number: '\(held)'; ")
                == true)
        #expect(FoundFigures.held([reader.read(Array("bye".utf8))]) == nil)
    }

    @Test func `a diverged figure is read, and what does not match is log`() {
        #expect(report(#"Val loss (\S+)"#, "Iter 1: Val loss nan, Val took 1s")?.value.isNaN == true)
        #expect(report("Val loss ([0-9.]+)", "Train loss 1.108") == nil)
        #expect(report(#"Val loss (\S+)"#, "Val loss was-high") == nil)
        #expect(report("Val loss ([0-9.]+)", "{'val_loss': 1}") == nil)
        #expect(report("Val loss ([0-9.]+)", String(repeating: "x", count: 5000) + "Val loss 1") == nil)
    }

    @Test(arguments: [
        (#"{"current_steps": 4, "total_steps": 8, "eval_loss": 5.779624938964844, "lr": 0.1}"#, 4),
        (#"{"eval/loss": 5.779624938964844, "train/global_step": 6}"#, 6),
        (#"{"eval_loss": 5.779624938964844, "trainer/global_step": 8, "step": 2}"#, 2),
        (#"{"eval_loss": 5.779624938964844, "epoch": 2}"#, nil),
    ])
    func `a step can have the name that LLaMA-Factory, transformers or Lightning gives it`(line: String, step: Int?) {
        let report = LineReader(WantedReports(metric: "eval_loss")).report(in: Array(line.utf8))
        #expect(report?.value == 5.779624938964844)
        #expect(report?.step == step)
    }

    @Test func `what marks a line as one of our own programs' is no figure`() {
        let reader = LineReader(WantedReports(metric: nil))
        #expect(reader.report(in: Array(#"{"autolora": 1, "loss": 2}"#.utf8))?.metrics == [:])
        guard case .figures(["x"]) = LineReader(WantedReports(metric: "loss")).read(Array(#"{"autolora": 1, "x": 2}"#.utf8))
        else {
            Issue.record("the mark is listed")
            return
        }
    }

    @Test(arguments: [
        ("Iter 1: Val loss 2.381, Val took 16.942s", 1, 2.381),
        (
            "  \u{1B}[38;5;244m   2\u{1B}[0m    \u{1B}[1;35mval\u{1B}[0m \u{1B}[1m5.870\u{1B}[0m    \u{1B}[38;5;244m0.26s\u{1B}[0m",
            2, 5.870
        ),
        (
            "  \u{1B}[38;5;244m   2\u{1B}[0m    \u{1B}[1;32m5.852 \u{25BC}\u{1B}[0m    \u{1B}[1m    2\u{1B}[0m    \u{1B}[38;5;244m  0.1k\u{1B}[0m",
            nil, nil
        ),
        ("Iter 25: Train loss 1.108, Learning Rate 7.000e-05, It/sec 0.984", nil, nil),
    ])
    func `one pattern reads mlx-lm's lines of old and of now`(line: String, step: Int?, value: Double?) {
        let pattern = #"(?:Iter )?(?<step>\d+):?\s+[Vv]al (?:loss )?(?<eval_loss>[0-9.]+|nan)"#
        let reader = LineReader(WantedReports(metric: "eval_loss", source: ReportSource(pattern: pattern)))
        let report = reader.report(in: Array(line.utf8))
        #expect(report?.step == step)
        #expect(report?.value == value)
    }
}
