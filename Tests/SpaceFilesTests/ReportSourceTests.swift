import SearchSpaces
import Testing

@testable import SpaceFiles

struct ReportSourceTests {
    private func source(_ before: String) throws -> ReportSource {
        try parse(sweep("p: {value: 1}", before: before)).specification.reportSource
    }

    @Test func `A pattern stands at the top level or with the metric, a file with the metric`() throws {
        #expect(try source("metric: {name: a}") == ReportSource())
        #expect(try source("metric: {name: a}\nmetric_pattern: 'a ([0-9]+)'") == ReportSource(pattern: "a ([0-9]+)"))
        #expect(try source("metric: {name: a, pattern: 'a ([0-9]+)'}") == ReportSource(pattern: "a ([0-9]+)"))
        #expect(try source("metric: {name: a, file: out/results.csv}") == ReportSource(file: "out/results.csv"))
        #expect(try source("metric: {name: a, file: log, pattern: '(.)'}") == ReportSource(pattern: "(.)", file: "log"))
        #expect(try source("metrics: [{name: a, file: m.jsonl}, {name: b}]") == ReportSource(file: "m.jsonl"))
        let named = #"(?<step>\d+) (?P<eval_a>\S+) (x)"#
        #expect(try source("metric: {name: eval/a}\nmetric_pattern: '\(named)'") == ReportSource(pattern: named))
    }

    /// Each is the file's beginning.
    @Test(arguments: [
        ("metric: {name: a}\nmetric_pattern: 'a ([0-9]+'", "2:17: this is no regular expression: "),
        (
            "metric: {name: a}\nmetric_pattern: 'a [0-9]+'",
            "2:17: found no group, expected one group that is a: (?<a>...), or a single (...)"
        ),
        (
            #"metric: {name: a}\nmetric_pattern: '^(\w+\s?)*: loss (?<a>\S+)$'"#.replacing(#"\n"#, with: "\n"),
            #"2:17: '(\w+\s?)*' can take one text in many ways, so that a search of a line without a match need never end; "#
        ),
        ("metric: {name: a, pattern: '(?:a|a)*b(.)'}", "1:28: '(?:a|a)*' can take one text in many ways"),
        ("metric: {name: a}\nmetric_pattern: '(.)(.)'", "2:17: found 2 groups without a name, expected one group that is a"),
        ("metric: {name: a/c}\nmetric_pattern: '(?<b>.)'", "2:17: found b, expected one group that is a/c: (?<a_c>...)"),
        (
            "metric: {name: a, pattern: '(.)'}\nmetric_pattern: '(.)'",
            "1:28: 'pattern' beside 'metric_pattern'; keep one of the two"
        ),
        ("metric: {name: a, file: a.json, pattern: '(.)'}", "1:42: a pattern reads lines, and a.json is read as a whole"),
        ("metric: {name: a, file: ''}", "1:25: found the text '', expected the path of a file that the trial writes"),
        ("metrics: [{name: a}, {name: b, file: x}]", "1:38: one source tells of all metrics"),
        ("metrics: [{name: a/b}, {name: a_b}]", "1:31: 'a_b' is a metric already, in line 1; keep one of the two"),
        (
            "metric: {name: a, pattren: x}",
            "1:19: unknown key 'pattren'; allowed: name, goal, target, pattern, file; did you mean 'pattern'?"
        ),
    ])
    func `What cannot tell of a metric is refused with its place`(before: String, problem: String) throws {
        let error = try #require(throws: SpaceFileError.self) { try parse(sweep("p: {value: 1}", before: before)) }
        #expect("\(error)".contains(":" + problem), "\(error)")
    }

    @Test func `The built-in trainer needs none`() throws {
        let error = try #require(throws: SpaceFileError.self) {
            try parse(study("r: {values: [2, 4]}", before: "metric: {name: eval_loss, file: x.json}"))
        }
        #expect("\(error)".contains(":1:33: the built-in trainer's reports need no pattern and no file"), "\(error)")
    }

    @Test(arguments: [
        ("metric: {name: a, file: x.log, pattern: '(.)'}", "metric", "minimize a, in the file x.log, by the pattern (.)"),
        ("metrics: [{name: a, file: m.json}, {name: b}]", "metrics", "minimize a, minimize b, in the file m.json"),
        ("method: grid", "metric", "the first figure that a trial reports"),
        ("method: random", "metric", "the first figure that a trial reports"),
    ])
    func `Where the metric is found is said`(before: String, label: String, words: String) throws {
        let text = SpaceDescription(try parse(sweep("p: {values: [1, 2]}", before: before)).specification).text
        #expect(text.split(separator: "\n").contains { $0.hasPrefix(label + " ") && $0.hasSuffix(words) }, "\(text)")
    }

    @Test(arguments: [
        "method: tpe", "method: gp", "method: auto", "", "method: grid\nearly_terminate: {type: asha, max_iter: 9}",
    ])
    func `Where something is decided by the metric it has to be there`(before: String) {
        #expect(
            refusal(sweep("p: {values: [1, 2]}", before: before + "\nseed: 1"))?.contains("the file lacks 'metric'") == true)
    }

    @Test func `Which way a figure is better is told by its name`() {
        for name in [
            "accuracy", "eval_f1", "val/acc", "test.AUC", "ROUGE1", "win_rate", "pass@1", "exact_match", "metrics/mAP50-95(B)",
            "valAccuracy",
            "cohen_kappa", "top1", "top_5", "psnr", "SSIM", "meteor", "elo", "acc_norm", "hit_ratio", "success_rate",
        ] { #expect(Goal(usualFor: name) == .maximize) }
        for name in ["loss", "eval_loss", "perplexity", "x", "wer", "accident"] { #expect(Goal(usualFor: name) == .minimize) }
    }

    @Test func `Groups are known before a match`() throws {
        #expect(try LinePattern(#"(?i)a(?:b)(c)|(?<d>e)(f)?"#).groups == [nil, "d", nil])
        #expect(try LinePattern("x").groups.isEmpty)
        #expect(throws: LinePatternError.self) { try LinePattern("(") }
        #expect(throws: LinePatternError.self) { try LinePattern(")|(") }
    }
}
