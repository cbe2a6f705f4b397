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
    ]

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
            "{", "}", "[", "]", "(", ")", "'", "\"", "\\", ":", ",", "nan", "inf", "eval_accuracy", "step",
        ])
        for _ in 0..<(1 + random.below(1 + random.below(5))) { mutation.mutate(&text, using: &random) }
        return text
    }

    func read(_ input: [UInt8]) throws {
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
