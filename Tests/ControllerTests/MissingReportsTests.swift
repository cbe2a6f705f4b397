import SearchSpaces
import TestSupport
import Testing
import TrialRunners

@testable import Controller

struct MissingReportsTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder(inMemory: true) }

    private func words(_ log: String, metric: String?, pattern: String? = nil, from start: Int = 0) throws -> String {
        let path = try temporary.write(log, to: "log.txt")
        let wanted = WantedReports(metric: metric, source: ReportSource(pattern: pattern))
        return MissingReports(wanted: wanted, folder: temporary.path, trial: 0, log: path).words(from: start)
    }

    @Test func `lines of prose are shown, with the pattern that reads them`() throws {
        let log = "loading\nepoch 1: accuracy: 0.91\naccuracy=0.93\n"
        #expect(
            try words(log, metric: "accuracy")
                == #"none of its lines was a dictionary such as {"accuracy": 0.81}; one is "epoch 1: accuracy: 0.91""#
                + #": give metric_pattern: '\baccuracy: (\S+)', or print such a dictionary"#)
        let mlx = "Starting training..., iters: 50\nIter 1: Val loss 2.381, Val took 16.942s\n"
        #expect(try words(mlx, metric: "val_loss").contains(#"give metric_pattern: '\bVal loss (\S+)'"#))
        #expect(try words("one\ntwo\n", metric: "loss").hasSuffix(#"; the last is "two""#))
        #expect(try words("", metric: "loss") == "it printed nothing")
        #expect(try words("loss=1\nbye\n", metric: "loss", from: 7).hasSuffix(#"the last is "bye""#))
    }

    @Test(arguments: [
        ("Val loss 2.381", "val_loss"), ("val-loss = nan", "val_loss"), ("eval/acc (top): x eval/acc: .5", "eval/acc"),
        ("f1:-0.5", "f1"),
        ("'loss': 1", "loss"), ("a.loss? loss  1e-5", "loss"),
    ])
    func `a suggested pattern reads its line`(line: String, metric: String) throws {
        let pattern = try #require(PatternSuggestion(metric: metric, line: line)).text
        let reader = LineReader(WantedReports(metric: metric, source: ReportSource(pattern: pattern)))
        #expect(reader.report(in: Array(line.utf8)) != nil, "\(pattern)")
    }

    @Test(arguments: [
        ("Epoch 3/10 - loss: 0.31 - accuracy: 0.91 - val_accuracy: 0.88", "accuracy", 0.91),
        ("val_accuracy: 0.88 accuracy: 0.91", "accuracy", 0.91), ("accuracy: 0.91, val/accuracy: 0.88", "accuracy", 0.91),
        ("accuracy=0.91 top-accuracy=0.88", "accuracy", 0.91), ("loss:0.31,accuracy:0.91", "loss", 0.31),
        ("x:accuracy: 0.91", "accuracy", 0.91), ("it's 'loss': 0.5'", "loss", 0.5), ("|loss|: 1 loss = (0.25)", "loss", 0.25),
        ("loss: nan val_loss: 1", "loss", Double.nan),
    ])
    func `a suggested pattern reads the figure of that very name`(line: String, metric: String, value: Double) throws {
        guard let pattern = PatternSuggestion(metric: metric, line: line)?.text else {
            // No number stands right after the name.
            #expect(line.contains("("))
            return
        }
        let reader = LineReader(WantedReports(metric: metric, source: ReportSource(pattern: pattern)))
        let found = try #require(reader.report(in: Array(line.utf8))?.value, "\(pattern)")
        #expect(found == value || found.isNaN && value.isNaN, "\(pattern)")
    }

    @Test(arguments: ["val_accuracy: 0.88", "top-accuracy 0.9", "accuracy5: 0.9", "accuracy5", "accuracy: high"])
    func `the figure of another name is not suggested`(line: String) {
        #expect(PatternSuggestion(metric: "accuracy", line: line) == nil)
    }

    @Test func `a quote in a suggested pattern is written twice, as YAML wants it`() throws {
        #expect(try words("'loss': 1\n", metric: "loss").contains(#"give metric_pattern: '\bloss'': (\S+)', or"#))
    }

    @Test func `a pattern whose group holds no number is told from one that does not match`() throws {
        #expect(
            try words("loss 0,5\n", metric: "loss", pattern: #"loss (\S+)"#)
                == "metric_pattern matches, but what its group holds is no number: '0,5'; numbers have a point and no commas (0.5, 1234.5); "
                + #"the line is "loss 0,5""#)
        #expect(
            try words("loss: low\n", metric: "loss", pattern: "loss: (.*)").contains(
                "'low'; let the group take the number alone"))
    }

    @Test func `a metric within another dictionary is named, with what to print`() throws {
        #expect(
            try words(#"{"metrics": {"eval_loss": 0.4}, "step": 1}"# + "\n", metric: "eval_loss")
                == #"no eval_loss: its lines have step; eval_loss stands within 'metrics', and only a dictionary's own names count: "#
                + #"print {"eval_loss": ...}"#)
        #expect(
            try words("{'m': {'loss': 1}}\n", metric: "loss")
                == #"no loss: none of its lines has a figure; loss stands within 'm', and only a dictionary's own names count: print {"loss": ...}"#
        )
    }

    @Test func `where the study names no metric, a trial without one is told how to`() throws {
        #expect(
            try words("{'n_params': 1000000}\n", metric: nil)
                == "no metric: its lines have n_params, none of which seems to tell how well a trial does; name the metric: "
                + "metric: {name: ..., goal: ...}")
    }

    @Test func `the figures that lines do have are named, and the nearest`() throws {
        let log = "{'eval_set1_loss': 0.4, 'eval_set1_runtime': 1.2, 'epoch': 1.0}\n{'eval_set1_loss': 0.3, 'epoch': 2.0}\n"
        #expect(
            try words(log, metric: "eval_loss")
                == "no eval_loss: its lines have eval_set1_loss, eval_set1_runtime, epoch; did you mean 'eval_set1_loss'?")
        let many = "{" + (0..<20).map { "'a\($0)': 1" }.joined(separator: ", ") + "}\n"
        #expect(try words(many, metric: "loss") == "no loss: its lines have a0, a1, a2, a3, a4, a5, a6, a7, ...")
    }

    @Test func `a metric on standard error alone is no report, and that is said`() throws {
        #expect(
            try words("INFO {'loss': 1}\n", metric: "loss").hasPrefix(
                "loss was on standard error alone; only standard output counts"))
    }

    @Test func `a pattern that matches nothing is shown beside a line`() throws {
        #expect(
            try words("Val loss 1\n", metric: "val_loss", pattern: "val loss (.*)")
                == #"none of its lines matches metric_pattern: val loss (.*); one is "Val loss 1""#)
    }
}
