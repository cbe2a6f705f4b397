import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

struct MetricsTests {
    private static let two = "[{name: eval_accuracy, goal: maximize}, {name: trainable_parameters, goal: minimize}]"

    @Test func `Of several metrics the first is the study's own`() throws {
        let specification = try parse(study("r: {values: [2, 4]}", before: "metrics: \(Self.two)")).specification
        #expect(specification.metric == Metric(name: "eval_accuracy", goal: .maximize))
        #expect(specification.otherMetrics == [Metric(name: "trainable_parameters", goal: .minimize)])
        let text = SpaceDescription(specification).text
        #expect(text.contains("metrics             maximize eval_accuracy, minimize trainable_parameters\n"), "\(text)")
    }

    @Test func `Early termination goes by the first, and that is said`() throws {
        let before = "metrics: \(Self.two)\nearly_terminate: {type: asha, max_iter: 9}"
        let text = SpaceDescription(try parse(study("r: {values: [2, 4]}", before: before)).specification).text
        #expect(text.contains("early termination   by eval_accuracy alone: asha, one in 3"), "\(text)")
        let single = before.replacing("metrics: \(Self.two)", with: "metric: {name: eval_accuracy, goal: maximize}")
        let alone = SpaceDescription(try parse(study("r: {values: [2, 4]}", before: single)).specification).text
        #expect(alone.contains("early termination   asha"), "\(alone)")
    }

    @Test func `Targets of all are kept`() throws {
        let before = "metrics: [{name: a, goal: maximize, target: 0.9}, {name: b, goal: minimize, target: 5}]"
        let specification = try parse(sweep("p: {value: 1}", before: before)).specification
        #expect(specification.metrics.map(\.target) == [0.9, 5])
        #expect(SpaceDescription(specification).text.contains(", until one trial reaches 0.9 and 5"))
    }

    @Test func `A metric without a goal is minimized, with a warning for each`() throws {
        let file = try parse(sweep("p: {value: 1}", before: "metrics: [{name: a}, {name: b, goal: maximize}, {name: c}]"))
        #expect(file.specification.metrics.map(\.goal) == [.minimize, .maximize, .minimize])
        #expect(file.warnings.map(\.position.column) == [11, 49])
    }

    /// The line is the file's first.
    @Test(arguments: [
        ("metrics: [{name: a}, {name: b}]\nmetric: {name: a}", "1:1: 'metrics' beside 'metric'; keep one of the two"),
        ("metrics: [{name: a}]", "1:10: 1 metrics, expected two or more; for one, write 'metric'"),
        ("metrics: []", "1:10: 0 metrics, expected two or more; for one, write 'metric'"),
        (
            "metrics: {name: a}",
            "1:10: found a mapping, expected a list of metrics such as [{name: eval_accuracy, goal: maximize}, {name: adapter_bytes}]"
        ),
        ("metrics:\n- name: a\n- name: a", "3:9: 'a' is a metric already, in line 2; keep one of the two"),
        (
            "metrics: [{name: a}, {name: b, gaol: maximize}]",
            "1:32: unknown key 'gaol'; allowed: name, goal, target, pattern, file; did you mean 'goal'?"
        ),
        (
            "metrics: [{name: a}, {name: b, goal: max}]",
            "1:38: unknown goal 'max'; allowed: maximize, minimize; did you mean 'maximize'?"
        ),
        (
            "metrics: [{name: a}, {goal: maximize}]",
            "1:22: the metric lacks 'name'; expected the name under which it is reported"
        ),
        (
            "metrics: [{name: a}, {name: b, target: 3}]",
            "1:40: a target for 'b' and none for 'a': a study of several metrics ends once one trial reaches the targets of all; give each a target, or constrain what must be kept"
        ),
        (
            "metrics: [{name: a}, {name: b}]\nconstraints: {a: {max: 1}}",
            "2:15: 'a' is what the study is after; of its metrics only the others can be constrained"
        ),
    ])
    func `Wrong metrics are refused where they are wrong`(lines: String, message: String) {
        #expect(refusal(sweep("p: {value: 1}", before: lines)) == "space.yaml:\(message)")
    }

    @Test func `The built-in trainer's metrics are known by name, and the first is one that an adapter is kept by`() {
        func refused(_ metrics: String) -> String { refusal(study("r: {values: [2]}", before: metrics)) ?? "" }
        let typo = refused("metrics: [{name: eval_f1}, {name: adapter_byte}]")
        #expect(typo.hasPrefix("space.yaml:1:35: unknown metric 'adapter_byte'; allowed: eval_accuracy, "))
        #expect(typo.hasSuffix("did you mean 'adapter_bytes'?"))
        #expect(
            refused("metrics: [{name: trainable_parameters}, {name: eval_loss}]")
                == "space.yaml:1:18: found 'trainable_parameters', expected as the first metric, by which a trial's adapter is kept, one of "
                + "eval_accuracy, eval_bleu, eval_exact_match, eval_f1, eval_loss, eval_normalized_match, eval_perplexity, eval_rouge_l, eval_token_accuracy, loss"
        )
        #expect(
            refused("metric: {name: train_seconds}")
                == "space.yaml:1:16: found 'train_seconds', expected as the metric one of "
                + "eval_accuracy, eval_bleu, eval_exact_match, eval_f1, eval_loss, eval_normalized_match, eval_perplexity, eval_rouge_l, eval_token_accuracy, loss"
        )
    }

    @Test(arguments: [("2MiB", 2_097_152.0), ("2097152", 2_097_152), ("1.5 MB", 1_500_000), ("2e6", 2_000_000)])
    func `Sizes may have a unit`(text: String, bytes: Double) throws {
        let before = "metric: {name: eval_accuracy, goal: maximize}\nconstraints: {adapter_bytes: {max: \(text)}}"
        let specification = try parse(study("r: {values: [2]}", before: before)).specification
        #expect(specification.constraints == ["adapter_bytes": Limits(max: bytes)])
        #expect(specification.reportedConstraints.isEmpty)
        if bytes == 2_097_152 { #expect(SpaceDescription(specification).text.contains("adapter_bytes at most 2MiB")) }
    }

    @Test func `A size that is none, and a unit where there is none, are refused`() {
        func refused(_ constraint: String) -> String? {
            refusal(study("r: {values: [2]}", before: "metric: {name: loss}\nconstraints: {\(constraint)}"))
        }
        #expect(
            refused("adapter_bytes: {max: big}")
                == "space.yaml:2:36: found the text 'big', expected a number of bytes, or a size such as 2MiB")
        #expect(
            refused("trainable_parameters: {max: 2MiB}")
                == "space.yaml:2:43: found the text '2MiB', expected a number")
    }
}
