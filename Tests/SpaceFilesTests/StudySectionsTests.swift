import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

struct StudySectionsTests {
    @Test func `The top level's keys arrive in the specification`() throws {
        let before = """
            name: reviews
            description: What people say
            metric: {name: eval_f1, goal: maximize, target: 0.9}
            method: random
            run_cap: 12
            time_cap: 1h30m
            workers: 2
            seed: 7
            constraints: {trainable_parameters: {max: 5e5}}
            """
        let specification = try parse(study("r: {values: [2, 4]}", before: before)).specification
        #expect(specification.name == "reviews")
        #expect(specification.summary == "What people say")
        #expect(specification.metric == Metric(name: "eval_f1", goal: .maximize, target: 0.9))
        #expect(specification.method == .random)
        #expect(specification.runCap == 12)
        #expect(specification.timeCap == 5400)
        #expect(specification.workers == 2)
        #expect(specification.seed == 7)
        #expect(specification.constraints == ["trainable_parameters": Limits(max: 500_000)])
        #expect(specification.folder == "/folder")
    }

    @Test func `What is left out has its default`() throws {
        let specification = try parse(sweep("p: {value: 1}")).specification
        #expect(specification.name == "space")
        #expect(specification.method == .tpe)
        #expect(specification.runCap == nil)
        #expect(specification.timeCap == nil)
        #expect(specification.workers == 1)
        #expect(specification.seed == 0)
        #expect(specification.earlyTermination == .none)
        #expect(specification.constraints.isEmpty)
    }

    @Test func `Bayes is W&B's name for what is done by tpe`() throws {
        let sweep = sweep("p: {value: 1}", before: "method: bayes\nmetric: {name: loss, goal: minimize}")
        #expect(try parse(sweep).specification.method == .tpe)
    }

    @Test(arguments: [("90", 90.0), ("0.5", 0.5), ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800), ("1.5h", 5400)])
    func `A time is a number of seconds or has units`(text: String, seconds: Double) throws {
        let sweep = sweep("p: {value: 1}", before: "metric: {name: loss, goal: minimize}\ntime_cap: \(text)")
        #expect(try parse(sweep).specification.timeCap == seconds)
    }

    @Test(arguments: [
        ("my sweep", "my-sweep"), ("a/b", "a-b"), ("..", ""), ("été_2.1", "été_2.1"), (".hidden", "hidden"), ("42", "42"),
        ("-x", "x"), (".-x", "x"), ("cafe\u{301} 2", "cafe\u{301}-2"),
        (String(repeating: "e\u{301}\u{302}", count: 60), String(repeating: "e\u{301}\u{302}", count: 40)),
    ])
    func `A name becomes fit for a folder`(name: String, expected: String) {
        let sweep = sweep("p: {value: 1}", before: "name: \(name)\nmetric: {name: loss, goal: minimize}")
        #expect((try? parse(sweep).specification.name) ?? "" == expected)
    }

    @Test(arguments: [
        ("{type: none}", EarlyTermination.none),
        ("{type: median}", .median(warmUp: 0, startUpTrials: 5)),
        ("{type: median, min_iter: 3, startup_trials: 8}", .median(warmUp: 2, startUpTrials: 8)),
        ("{type: asha, eta: 4, min_iter: 2, max_iter: 9}", .asha(.init(eta: 4, minimum: 2, maximum: 9))),
        ("{type: asha, max_iter: 9}", .asha(.init(eta: 3, minimum: 1, maximum: 9))),
        ("{type: asha, max_iter: 9, brackets: 3}", .asha(.init(eta: 3, minimum: 1, maximum: 9), brackets: 3)),
        ("{type: hyperband, max_iter: 81}", .hyperband(.init(eta: 3, minimum: 1, maximum: 81))),
        ("{type: hyperband, min_iter: 3}", .hyperband(.init(eta: 3, minimum: 3, maximum: nil))),
        ("{type: hyperband, min_iter: 2, max_iter: 8, eta: 2}", .hyperband(.init(eta: 2, minimum: 2, maximum: 8))),
        ("{type: hyperband, max_iter: 27, s: 2}", .hyperband(.init(eta: 3, minimum: 3, maximum: 27))),
        (
            "{type: hyperband, max_iter: 27, s: 2, min_iter: 2, strict: true}",
            .hyperband(.init(eta: 3, minimum: 2, maximum: 27))
        ),
        ("{type: successive_halving, max_iter: 9}", .successiveHalving(.init(eta: 3, minimum: 1, maximum: 9))),
    ])
    func `Early termination in all its types`(form: String, expected: EarlyTermination) throws {
        let sweep = sweep("p: {value: 1}", before: "metric: {name: loss, goal: minimize}\nearly_terminate: \(form)")
        #expect(try parse(sweep).specification.earlyTermination == expected)
    }

    @Test(arguments: [
        ("max_steps: 90\neval_steps: 10", 9), ("max_steps: 95\neval_steps: 10", 10), ("max_steps: 30\neval_steps: 7", 5),
    ])
    func `Left out, max_iter is the reports of a full trial`(trainer: String, reports: Int) throws {
        let before = "metric: {name: eval_accuracy, goal: maximize}\nearly_terminate: {type: asha}"
        let file = try parse(study("r: {values: [2, 4]}", trainer: trainer, before: before))
        #expect(file.specification.earlyTermination == .asha(.init(eta: 3, minimum: 1, maximum: reports)))
    }

    /// The line stands after the metric's, in line 2.
    @Test(arguments: [
        ("seed: seven", "2:7: found the text 'seven', expected a whole number"),
        ("run_cap: 0", "2:10: found 0, expected a whole number of at least 1"),
        ("workers: 1.5", "2:10: found 1.5, expected a whole number of at least 1"),
        ("time_cap: soon", "2:11: found the text 'soon', expected a time above 0 such as 90s, 30m or 1h30m"),
        ("time_cap: 0", "2:11: found 0, expected a time above 0 such as 90s, 30m or 1h30m"),
        ("time_cap: -5m", "2:11: found the text '-5m', expected a time above 0 such as 90s, 30m or 1h30m"),
        ("method: rendom", "2:9: unknown method 'rendom'; allowed: random, grid, sobol, tpe, gp, auto; did you mean 'random'?"),
        ("method: bays", "2:9: unknown method 'bays'; allowed: random, grid, sobol, tpe, gp, auto; did you mean 'bayes'?"),
        ("name: [a]", "2:7: found a list, expected a text"),
        ("name: //", "2:7: found the name '//', expected one with letters, digits, '-', '_' or '.'"),
        (
            "early_terminate: asha",
            "2:18: found the text 'asha', expected early_terminate as a mapping of type, eta, min_iter, max_iter, startup_trials, brackets, s, strict"
        ),
        (
            "early_terminate: {eta: 3}",
            "2:18: early_terminate lacks 'type'; expected one of none, median, successive_halving, hyperband, asha"
        ),
        (
            "early_terminate: {type: hyperband, s: 4, max_iter: 27}",
            "2:39: s 4 leaves no report for the lowest rung: max_iter 27 divided by eta 3 to the power of s is below 1"
        ),
        ("early_terminate: {type: hyperband, strict: 1}", "2:44: found 1, expected true or false"),
        (
            "early_terminate: {type: hyperband, brackets: 2}",
            "2:36: 'brackets' does not go with hyperband, which takes eta, min_iter, max_iter, s, strict"
        ),
        (
            "early_terminate: {type: asha, max_iter: 9, brackets: 4}",
            "2:54: 4 brackets for 2 rungs; at most 3, the last of which stops nobody"
        ),
        (
            "early_terminate: {type: asho}",
            "2:25: unknown type 'asho'; allowed: none, median, successive_halving, hyperband, asha; did you mean 'asha'?"
        ),
        ("early_terminate: {type: asha, max_iter: 9, min_iter: 9}", "2:54: min_iter 9 is not below max_iter 9"),
        ("early_terminate: {type: asha, max_iter: 1}", "2:41: min_iter 1 is not below max_iter 1"),
        ("early_terminate: {type: asha, max_iter: 9, eta: 1}", "2:49: found 1, expected a whole number of at least 2"),
        (
            "early_terminate: {type: median, eta: 3}",
            "2:33: 'eta' does not go with median, which takes min_iter, startup_trials"
        ),
        ("early_terminate: {type: none, eta: 3}", "2:31: 'eta' does not go with none, which takes nothing"),
        (
            "early_terminate: {type: asha, max_iter: 9, strict: true}",
            "2:44: 'strict' does not go with asha, which takes eta, min_iter, max_iter, brackets"
        ),
        (
            "constraints: {eval_los: {max: 1}}",
            "2:15: unknown constraint 'eval_los'; allowed: eval_bleu, eval_exact_match, eval_f1, eval_loss, eval_normalized_match, eval_perplexity, eval_rouge_l, eval_token_accuracy, loss, tokens_per_second, samples_per_second, trainable_parameters, adapter_bytes, peak_memory_bytes, train_seconds, step, epoch, learning_rate; did you mean 'eval_loss'?"
        ),
        (
            "constraints: {eval_accuracy: {min: 0.5}}",
            "2:15: 'eval_accuracy' is what the study is after; constrain something else, or give it a target"
        ),
        (
            "constraints: 5",
            "2:14: found 5, expected the constraints as a mapping such as {trainable_parameters: {max: 500000}}"
        ),
        ("constraints: {trainable_parameters: {}}", "2:37: the constraint 'trainable_parameters' has neither min nor max"),
        (
            "constraints: {trainable_parameters: {min: 5, max: 1}}",
            "2:37: min 5.0 is above max 1.0: nothing keeps this constraint"
        ),
        ("constraints: {trainable_parameters: {mx: 5}}", "2:38: unknown key 'mx'; allowed: min, max; did you mean 'max'?"),
    ])
    func `A wrong line at the top level is refused where it is wrong`(line: String, message: String) {
        let text = study("r: {values: [2, 4]}", before: "metric: {name: eval_accuracy, goal: maximize}\n\(line)")
        #expect(refusal(text) == "space.yaml:\(message)")
    }

    @Test func `Without max_iter the file must tell how many reports a trial makes`() throws {
        let before = "metric: {name: eval_accuracy, goal: maximize}\nearly_terminate: {type: asha}"
        #expect(
            refusal(study("r: {values: [2]}", trainer: "max_steps: 90", before: before))
                == "space.yaml:2:18: early_terminate lacks 'max_iter'; expected the reports of a full trial")
        let epochs = try parse(study("r: {values: [2]}", trainer: "num_train_epochs: 5", before: before))
        #expect(epochs.specification.earlyTermination == .asha(.init(eta: 3, minimum: 1, maximum: 5)))
    }

    @Test func `Another program's figures have any names, and are all known only once it reports`() throws {
        let before = "metric: {name: loss, goal: minimize}\nconstraints: {trainable_parameters: {max: 1}, latency: {max: 2}}"
        let specification = try parse(sweep("p: {value: 1}", before: before)).specification
        #expect(specification.reportedConstraints == ["trainable_parameters": Limits(max: 1), "latency": Limits(max: 2)])
        let own = before.replacing("loss", with: "eval_loss").replacing("latency", with: "peak_memory_bytes")
        let builtIn = try parse(study("r: {values: [2]}", before: own)).specification
        #expect(builtIn.constraints.count == 2)
        #expect(builtIn.reportedConstraints == ["peak_memory_bytes": Limits(max: 2)])
    }

    @Test(arguments: [
        ("metric: {goal: maximize}", "1:9: the metric lacks 'name'; expected the name under which it is reported"),
        ("metric: loss", "1:9: found the text 'loss', expected the metric as a mapping of name, goal, target, pattern, file"),
        (
            "metric: {name: loss, goal: max}", "1:28: unknown goal 'max'; allowed: maximize, minimize; did you mean 'maximize'?"
        ),
        (
            "metric: {name: loss, gaol: maximize}",
            "1:22: unknown key 'gaol'; allowed: name, goal, target, pattern, file; did you mean 'goal'?"
        ),
        ("metric: {name: loss, target: low}", "1:30: found the text 'low', expected a number"),
        ("metric:", "1:1: the file lacks 'metric'; expected {name: eval_accuracy, goal: maximize} for example"),
        ("seed: 1", "1:1: the file lacks 'metric'; expected {name: eval_accuracy, goal: maximize} for example"),
    ])
    func `A wrong metric is refused where it is wrong`(line: String, message: String) {
        #expect(refusal(sweep("p: {value: 1}", before: line)) == "space.yaml:\(message)")
    }
}
