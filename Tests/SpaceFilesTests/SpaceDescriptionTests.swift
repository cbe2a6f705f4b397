import SearchSpaces
import SpaceFiles
import Testing

struct SpaceDescriptionTests {
    @Test func `The space in words`() throws {
        let before = """
            description: Small
            metric: {name: eval_accuracy, goal: maximize, target: 0.9}
            run_cap: 12
            workers: 2
            seed: 7
            time_cap: 30m
            early_terminate: {type: asha, min_iter: 2, max_iter: 6}
            constraints: {trainable_parameters: {min: 1000, max: 500000}}
            trial_timeout: 2h
            report_timeout: 90
            max_retries: 1
            max_failures: 3
            """
        let parameters = """
            learning_rate: {distribution: log_uniform_values, min: 3e-4, max: 1e-2}
            r: {values: [2, 4, 8]}
            lora_dropout: {when: {r: [4, 8]}, min: 0.0, max: 0.1}
            target_modules: {values: [[query, value], all-linear]}
            """
        let file = try parse(study(parameters, trainer: "max_steps: 240\neval_steps: 40", before: before))
        let expected = """
            study               space: Small
            metric              maximize eval_accuracy, until it reaches 0.9
            method              tpe, 12 trials, 2 at a time, seed 7, at most 1800 s a run
            early termination   asha, one in 3 goes on after 2 of 6 reports
            trainer             lora on m
            constraint          trainable_parameters at least 1000, at most 500000
            supervision         at most 7200 s a launch, at most 90 s of silence, 1 retry where killed from outside, 3 failures end the run

            parameter        kind                 size       values
            learning_rate    log_uniform_values   infinite   0.0003 to 0.01
            r                categorical          3          2, 4, 8
            lora_dropout     uniform              infinite   0 to 0.1 when r is 4 or 8
            target_modules   categorical          2          [query, value], all-linear

            space            infinite: 6 combinations times the values of learning_rate, lora_dropout
            one full trial   240 steps, 6 reports
            """
        #expect(SpaceDescription(file.specification).text == expected)
    }

    @Test(arguments: [
        ("{value: [a, b]}", "constant", "1", "[a, b]"),
        ("{values: [a, b], probabilities: [0.25, 0.75]}", "categorical", "2", "a (0.25), b (0.75)"),
        ("{min: 1, max: 8}", "int_uniform", "8", "1 to 8"),
        ("{distribution: int_log_uniform_values, min: 1, max: 64}", "int_log_uniform_values", "64", "1 to 64"),
        ("{min: 0, max: 1, q: 0.25}", "q_uniform", "5", "0 to 1 in steps of 0.25"),
        ("{min: 1.0, max: 1.00001}", "uniform", "infinite", "1.0 to 1.00001"),
        ("{distribution: log_normal, mu: -7, sigma: 1}", "log_normal", "infinite", "mu -7, sigma 1"),
    ])
    func `Every kind has its row`(form: String, kind: String, size: String, values: String) throws {
        let row = try #require(SpaceDescription(parse(sweep("p: \(form)")).specification).parameters.first)
        #expect([row.name, row.kind, row.size, row.values] == ["p", kind, size, values])
    }

    @Test func `Times are said as the file writes them`() throws {
        let before = "metric: {name: x}\ngrace: 1h30m\ntrial_timeout: 2h\nreport_timeout: 90"
        let file = try parse(sweep("p: {value: 1}", before: before))
        let line = SpaceDescription(file.specification, written: file.written).study.last?[1]
        #expect(line == "at most 2h a launch, at most 90 s of silence, 2 retries where killed from outside, 1h30m to end in")
    }

    private func totals(_ text: String) throws -> [String] {
        SpaceDescription(try parse(text).specification).totals.map { $0[1] }
    }

    @Test(arguments: [
        ("a: {values: [1, 2]}\nb: {min: 1, max: 5}", "10 configurations"),
        ("a: {value: 1}", "1 configuration"), ("a: {value: 1}\nb: {min: 0.0, max: 1.0}", "infinite: the values of b"),
        ("a: {values: [1, 2]}\nb: {when: {a: 2}, min: 1, max: 5}", "6 configurations"),
        (
            "a: {min: 0, max: 9000000000000000}\nb: {min: 0, max: 9000000000000000}",
            "more than 9e18 configurations"
        ),
    ])
    func `The space's size counts what can be there together`(parameters: String, size: String) throws {
        #expect(try totals(sweep(parameters))[0] == size)
    }

    @Test(arguments: [
        ("max_steps: 90", "r: {values: [2]}", "{type: none}", "90 steps"),
        ("max_steps: 90\neval_steps: 20", "r: {values: [2]}", "{type: none}", "90 steps, 5 reports"),
        ("max_steps: 90\neval_steps: 10", "r: {values: [2]}", "{type: asha, max_iter: 6}", "60 steps, 6 reports"),
        ("eval_steps: 10", "max_steps: {values: [50, 200, 100]}", "{type: asha, max_iter: 9}", "50 to 90 steps, 9 reports"),
        ("eval_steps: 10", "num_train_epochs: {values: [1, 3]}", "{type: median}", "1 to 3 epochs of the training data"),
        ("eval_steps: 10", "r: {values: [2]}", "{type: none}", "3 epochs of the training data"),
        ("num_train_epochs: 0.5", "r: {values: [2]}", "{type: none}", "0.5 epochs of the training data, 1 report"),
        ("num_train_epochs: 5", "r: {values: [2]}", "{type: asha}", "5 epochs of the training data, 5 reports"),
        ("num_train_epochs: 5", "r: {values: [2]}", "{type: asha, max_iter: 3}", "3 epochs of the training data, 3 reports"),
    ])
    func `A full trial's cost is told as far as the file tells it`(
        trainer: String, parameters: String, termination: String, cost: String
    ) throws {
        let before = "metric: {name: eval_accuracy, goal: maximize}\nearly_terminate: \(termination)"
        #expect(try totals(study(parameters, trainer: trainer, before: before))[1] == cost)
    }

    @Test func `Another program's cost is its own business`() throws {
        #expect(try totals(sweep("p: {value: 1}"))[1] == "until the program ends")
        let before = "metric: {name: loss, goal: minimize}\nearly_terminate: {type: asha, max_iter: 9}"
        #expect(try totals(sweep("p: {value: 1}", before: before))[1] == "9 reports, or fewer where the program ends before")
    }

    @Test func `The other ways to search and to stop have their words`() throws {
        let before = "metric: {name: loss, goal: minimize}\nmethod: grid\nearly_terminate: {type: median, min_iter: 3}"
        let lines = SpaceDescription(try parse(sweep("p: {values: [1]}", before: before)).specification).study.map { $0[1] }
        #expect(
            lines == [
                "space", "minimize loss", "grid, every configuration, 1 at a time, seed 0",
                "median, from report 3 on, once 5 other trials have come as far",
                "${env} ${interpreter} ${program} ${args} (program train.py)",
                "2 retries where killed from outside",
            ])
    }
}
