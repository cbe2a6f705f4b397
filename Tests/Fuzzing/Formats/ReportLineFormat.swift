import SearchSpaces
import Studies
import TrialRunners

/// What a trial prints, and what becomes of it in the trial's life.
struct ReportLineFormat: Format {
    static let name = "report"

    private let trees: [JSONTree]
    private let seeds = [
        "{'eval_accuracy': '0.81', 'epoch': 1.0, 'ok': True, 'none': None, 'nan': nan, 'x': (1, 2)}",
        #"{"eval_accuracy": NaN, "a": Infinity, "b": -Infinity, "c": 1e308, "d": -0.0}"#,
        "100%|##| 3/3 [00:01<00:00]\u{1B}[A[rank0]: {'x': array([1, 2]), 'eval/accuracy': np.float64(0.81), 'o': <a b>, '\\ud83d\\ude00': tensor(1.)},",
    ]
    private let pattern = WantedReports(metric: "eval_accuracy", source: ReportSource(pattern: #"acc[a-z]*\D+(\S+)"#))

    init(folder: String) throws {
        trees = try [
            #"{"step": 100, "eval_accuracy": 0.81, "loss": 0.42, "more": {"x": [1, 2, {"y": null}]}, "text": "a\"b\\"}"#,
            #"{"eval_accuracy": 1, "step": 1e3, "precision": "bf16", "threads": 2}"#,
        ].map { try JSONTree(seed: $0) }
    }

    var file: String? { nil }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        if random.oneIn(2) {
            let tree = random.pick(trees)
            return tree.mutatedText(words: tree.words, using: &random)
        }
        var text = Array(random.pick(seeds).utf8)
        let mutation = TextMutation(words: [
            "{", "}", "[", "]", "(", ")", "'", "\"", "\\", ":", ",", "nan", "inf", "eval_accuracy", "step", "\u{1B}[",
            "tensor(", "<", ">", "/", "\\u",
        ])
        for _ in 0..<(1 + random.below(1 + random.below(5))) { mutation.mutate(&text, using: &random) }
        return text
    }

    func read(_ input: [UInt8]) throws {
        _ = LineReader(pattern).read(input)
        let file = WantedReports(metric: "eval_accuracy", source: ReportSource(file: "x"))
        for name in ["x.json", "x.csv", "x.jsonl"] { _ = ReportFilePlace.reports(in: input, named: name, file) }
        guard let line = ReportLine(line: input, metric: "eval_accuracy") else { throw IsLog() }
        for (earlier, resumed) in [(0, false), (2, true), (2, false)] {
            let reports = (0..<earlier).map { Report(iter: $0 + 1, step: $0 * 10, value: 0.5) }
            var life = TrialLife(Trial(id: .init(0), assignment: [:], reports: reports))
            _ = life.handle(.launched(fromCheckpoint: resumed, milestone: 9))
            _ = life.handle(.reported(step: line.step, value: line.value, metrics: line.metrics))
            _ = life.trial.best(.minimize)
        }
    }

    /// No report: the line is log.
    private struct IsLog: Error {}
}
