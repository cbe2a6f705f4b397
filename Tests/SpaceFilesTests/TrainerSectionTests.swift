import BuiltInTrainer
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings
import Trainers

struct TrainerSectionTests {
    @Test func `The built-in trainer's settings are kept as the file has them`() throws {
        let file = try parse(study("r: {values: [2, 4]}", trainer: "type: lora\nmax_steps: 90\nlearning_rate: 1e-3"))
        #expect(
            file.specification.trainer
                == .lora([
                    "type": .string("lora"), "model": .string("m"), "train": .string("t.jsonl"),
                    "validation": .string("v.jsonl"), "max_steps": .int(90), "learning_rate": .double(1e-3),
                ]))
    }

    @Test func `A configuration overrides settings, and relative paths lead from the file's folder`() throws {
        let file = try parse(study("r: {values: [2, 4]}", trainer: "r: 16\ntest: /elsewhere/test.jsonl"))
        let values = try settings(of: file.specification, ["r": .int(2)], seed: 5)
        #expect(values["r"] == .int(2))
        #expect(values["lora_alpha"] == .double(4))
        #expect(values["model"] == .string("/folder/m"))
        #expect(values["test"] == .string("/elsewhere/test.jsonl"))
        #expect(values["seed"] == .int(5))
        #expect(values["metric_for_best_model"] == .string("eval_accuracy"))
        #expect(values["greater_is_better"] == .bool(true))
    }

    @Test(arguments: [
        (
            "alpha_over_r: {values: [1, 4]}", "lora_alpha: 32", "alpha_over_r", SettingValue.int(4), "lora_alpha",
            SettingValue.double(32)
        ),
        ("lora_alpha: {values: [8, 16]}", "alpha_over_r: 3", "lora_alpha", .int(16), "lora_alpha", .double(16)),
        ("num_train_epochs: {values: [1, 2]}", "max_steps: 50", "num_train_epochs", .int(2), "num_train_epochs", .double(2)),
        (
            "base_precision: {values: [bf16, quantized]}", "precision: fp32", "base_precision", .string("quantized"),
            "precision",
            .string("quantized")
        ),
        ("max_steps: {values: [10, 20]}", "num_train_epochs: 5", "max_steps", .int(20), "max_steps", .int(20)),
    ])
    func `What is searched takes the place of the other way to give it`(
        parameter: String, setting: String, name: String, value: SettingValue, resolved: String, expected: SettingValue
    ) throws {
        let file = try parse(study(parameter, trainer: setting))
        let values = try settings(of: file.specification, Assignment([name: value]), seed: 0)
        #expect(values[resolved] == expected)
    }

    @Test(arguments: [
        ("", "type: built-in", "6:9: the name built-in"), ("", "adam_beta1: 0.5", "6:15: adam_beta1: 0.5"),
        ("", "options: {packing: true}", "6:12: options: {packing: true}"),
    ])
    func `What is named for later is refused as not available yet`(top: String, trainer: String, problem: String) {
        let metric = "metric: {name: eval_accuracy, goal: maximize}"
        let text = study("r: {values: [2, 4]}", trainer: trainer, before: top.isEmpty ? metric : top + "\n" + metric)
        let refused = refusal(text)
        #expect(refused?.hasPrefix("space.yaml:\(problem) is not available yet") == true, "\(refused ?? "accepted")")
    }

    @Test func `What is named for later and asks for nothing is taken`() {
        let harmless =
            "finetuning_type: lora\ngradient_accumulation_steps: 1\nuse_dora: false\nbias: none\noptions: {}"
        #expect(refusal(study("r: {values: [2, 4]}", trainer: harmless)) == nil)
        let command =
            "metric: {name: x}\ntrainer: {type: command, command: [t], memory_cap: 8GiB}\nparameters: {p: {value: 1}}\n"
        #expect(refusal(command) == "space.yaml:2:40: 'memory_cap' is not available yet")
    }

    @Test func `A study of methods gives what is one method's own a condition`() {
        let types = "finetuning_type: {values: [lora, full]}"
        #expect(refusal(study(types + "\nr: {values: [2, 4], when: {finetuning_type: lora}}")) == nil)
        #expect(
            refusal(study(types + "\nr: {values: [2, 4]}"))
                == "space.yaml:8:16: r: is for finetuning_type lora, miss, and that is full here; leave it out, or, where these types are "
                + "searched, give 'r' among the parameters with when: {finetuning_type: [lora, miss]}")
        #expect(refusal(study(types, trainer: "lora_alpha: 8"))?.hasPrefix("space.yaml:6:15: lora_alpha: is for") == true)
    }

    @Test(arguments: [("accuracy", "eval_accuracy"), ("val_loss", "eval_loss"), ("f1", "eval_f1")])
    func `A metric by another name is told its own`(name: String, own: String) {
        let refused = refusal(study("r: {values: [2]}", before: "metric: {name: \(name), goal: maximize}"))
        #expect(refused?.hasSuffix("did you mean '\(own)'?") == true, "\(refused ?? "accepted")")
    }

    @Test func `Any program can be the trainer`() throws {
        let text = """
            metric: {name: loss, goal: minimize}
            trainer: {type: command, command: [python3, train.py, --epochs, 3, "${args}"]}
            parameters: {p: {value: 1}}
            """
        let specification = try parse(text).specification
        #expect(specification.trainer == .command(["python3", "train.py", "--epochs", "3", "${args}"]))
        let values = try settings(of: specification, [:], seed: 0)
        #expect(values["type"] == .string("command"))
        #expect(values["command"]?.description == "[python3, train.py, --epochs, 3, ${args}]")
    }

    @Test func `A W&B sweep runs as it is`() throws {
        let text = """
            program: train.py
            name: sweepdemo
            project: first
            method: bayes
            metric:
              goal: minimize
              name: validation_loss
            parameters:
              learning_rate:
                min: 0.0001
                max: 0.1
              batch_size:
                values: [16, 32, 64]
              optimizer:
                values: ["adam", "sgd"]
                probabilities: [0.7, 0.3]
              epochs: {value: 5}
            run_cap: 10
            command:
              - ${env}
              - python3
              - ${program}
              - --root=${envvar:HOME}
              - ${args_no_hyphens}
            """
        let file = try parse(text)
        #expect(file.specification.space.parameters.map(\.name) == ["learning_rate", "batch_size", "optimizer", "epochs"])
        #expect(
            file.specification.trainer
                == .command(
                    ["${env}", "python3", "${program}", "--root=${envvar:HOME}", "${args_no_hyphens}"], program: "train.py"))
        #expect(
            file.warnings.map(\.description) == [
                "space.yaml:3:1: warning: 'project' means nothing here",
                "space.yaml:9:3: warning: 'learning_rate' spans a factor of 100 or more; log_uniform_values searches it evenly",
            ])
    }

    @Test func `A program alone has W&B's own command`() throws {
        let specification = try parse(sweep("p: {value: 1}")).specification
        #expect(specification.trainer == .command(["${env}", "${interpreter}", "${program}", "${args}"], program: "train.py"))
    }

    @Test(arguments: [
        ("{type: command}", "2:10: the trainer lacks 'command'; expected a list of words"),
        (
            "{type: command, command: run me}",
            "2:35: found the text 'run me', expected a list of words, such as [python3, train.py, \"${args}\"]"
        ),
        ("{type: command, command: []}", "2:35: an empty command"),
        ("{type: command, command: [a, [b]]}", "2:39: found a list, expected a text"),
        ("{type: command, command: [a], modl: x}", "2:40: unknown key 'modl'; allowed: type, command, program"),
        ("{type: command, command: [\"${program}\"]}", "2:36: ${program} without a 'program'"),
        (
            "{type: command, command: [\"${arg}\"]}",
            "2:36: unknown macro 'arg'; allowed: env, interpreter, program, args_json, args_json_file, trial_dir, trial, worker, args, args_append_hydra, args_hydra, args_no_boolean_flags, args_no_equals, args_no_hyphens, args_override_hydra, envvar:NAME; did you mean 'args'?"
        ),
        ("{type: command, command: [\"--x=${program}\"]}", "2:36: ${program} without a 'program'"),
        (
            "{type: lara}",
            "2:17: unknown type 'lara'; allowed: lora, command, peft, trl, llama-factory, axolotl, mlx-lm; did you mean 'lora'?"
        ),
        ("lora", "2:10: found the text 'lora', expected the trainer as a mapping of its settings"),
        ("{model: m, train: t, validation: v, seed: 3}", "2:46: the study decides 'seed'; write 'seed' at the top level"),
        (
            "{model: m, train: t, validation: v, greater_is_better: true}",
            "2:46: the study decides 'greater_is_better'; write 'metric' at the top level"
        ),
    ])
    func `A wrong trainer is refused where it is wrong`(form: String, message: String) {
        let text = "metric: {name: eval_loss, goal: minimize}\ntrainer: \(form)\nparameters: {r: {values: [1]}}"
        #expect(refusal(text) == "space.yaml:\(message)")
    }

    @Test func `A trainer is needed, and one only`() {
        #expect(
            refusal("metric: {name: a, goal: minimize}\nparameters: {r: {values: [1]}}")
                == "space.yaml:1:1: the file lacks 'trainer' (or W&B's 'program' or 'command')")
        #expect(
            refusal("metric: {name: a, goal: minimize}\ntrainer: {type: lora}\nprogram: a.py\nparameters: {r: {values: [1]}}")
                == "space.yaml:3:1: 'program' beside a trainer; keep one of the two")
    }

    /// The first setting stands in line 6, the first parameter after `parameters:` that follows.
    @Test(arguments: [
        ("batch_size: many", "r: {values: [2]}", "6:15: batch_size: found many, expected a whole number"),
        ("bias: some", "r: {values: [2]}", "6:9: bias: found some, expected one of none, all, lora_only"),
        ("use_dora: perhaps", "r: {values: [2]}", "6:13: use_dora: found perhaps, expected true or false"),
        (
            "init_lora_weights: corda", "r: {values: [2]}",
            "6:22: init_lora_weights: corda is not available yet; expected true, false,"
        ),
        (
            "init_lora_weights: pissa_niter_x", "r: {values: [2]}",
            "6:22: init_lora_weights: found pissa_niter_x, expected true,"
        ),
        ("exclude_modules: 3", "r: {values: [2]}", "6:20: exclude_modules: found 3, expected a list of module names or"),
        ("loraplus_lr_ratio: 0", "r: {values: [2]}", "6:22: loraplus_lr_ratio: found 0, expected a number from 0.001"),
        ("precision: bf8", "r: {values: [2]}", "6:14: precision: found bf8, expected one of fp32, bf16, quantized, auto"),
        ("max_steps: 5", "num_train_epochs: {value: 0}", "8:29: num_train_epochs: must be above 0"),
        ("max_steps: 5", "r: {values: [2, 4, 0]}", "8:22: r: found 0, expected a whole number from 1 to 65536"),
        (
            "max_steps: 5", "lora_dropout: {min: 0.0, max: 1.5}",
            "8:33: lora_dropout: found 1.5, expected a number from 0 to 0.99"
        ),
        ("max_steps: 5", "r: {distribution: normal, mu: 8}", "8:3: r: found 7.668, expected a whole number"),
        ("max_steps: 5", "r: {min: 2.0, max: 16.0}", "8:3: r: found 7.18, expected a whole number"),
        ("max_steps: 5", "r: {min: 2, max: 16, q: 0.5}", "8:3: r: found 2.5, expected a whole number"),
        ("max_steps: 5", "target_modules: {values: [all-linear, [query, 3]]}", "8:41: target_modules"),
        ("max_steps: 5", "layers_to_transform: {values: [all, last-x]}", "8:39: layers_to_transform"),
        ("rank_pattern: {query: 0}", "r: {values: [2]}", "6:17: rank_pattern: found {query: 0}, expected numbers by the names"),
        ("max_steps: 5", "type: {values: [lora]}", "8:3: 'type' cannot be searched"),
        (
            "max_steps: 5", "r: {values: [2]}\nuse_rslora: {when: {r: 2}, values: [false, maybe]}",
            "9:46: use_rslora: found maybe, expected true or false"
        ),
    ])
    func `What the built-in trainer refuses is refused where it stands`(trainer: String, parameters: String, message: String) {
        let found = refusal(study(parameters, trainer: trainer)) ?? "accepted"
        #expect(found.hasPrefix("space.yaml:\(message)"), "\(found)")
    }

    /// What only some choices of the others do not go with, the search leaves out.
    @Test(arguments: [
        "r: {values: [128, 8]}\nrank_allocation: {values: [uniform, cut]}",
        "r: {values: [8, 128]}\nrank_allocation: {values: [uniform, cut]}",
        "rank_allocation: {values: [cut, uniform]}\nr: {values: [128, 8]}",
        // Two others have to be otherwise than their first.
        "r: {values: [128, 8]}\nbias: {values: [all, none]}\nrank_allocation: {values: [cut, uniform]}",
        "use_dora: {values: [true, false]}\ninit_lora_weights: {values: [orthogonal, true]}\nuse_lorafa: {values: [true, false]}",
    ])
    func `A value is taken that goes with some choice of the others`(parameters: String) {
        #expect(refusal(study(parameters)) == nil)
    }

    @Test func `A value that goes with no choice of the others is refused where it stands`() {
        let found = refusal(study("r: {values: [128, 96]}\nrank_allocation: {values: [uniform, cut]}")) ?? "accepted"
        #expect(found.hasPrefix("space.yaml:8:39: rank_start: 64 is less than the rank 128"), "\(found)")
        let searched = refusal(
            study(
                "rank_start: {values: [8, 200], when: {rank_allocation: cut}}\nr: {values: [128]}\nrank_allocation: {values: [cut]}"
            ))
        #expect(searched?.hasPrefix("space.yaml:7:25: rank_start: 8 is less than the rank 128") == true, "\(searched ?? "")")
    }

    /// What a later version refuses to begin with has begun.
    @Test func `A file that a study has begun by is read, whatever its values are`() throws {
        let text = study("r: {values: [128]}", trainer: "rank_allocation: cut")
        #expect(refusal(text)?.contains("rank_start: 64 is less than the rank 128") == true)
        let place = SpaceFilePlace(file: "space.yaml", folder: "/folder", isOnRecord: true)
        let file = try SpaceFile(text: text, place, trainers: TrainerList.standard.types)
        #expect(file.isOnRecord && file.specification.space["r"] != nil)
        let trainer = TrainerList.standard[file.specification.trainer]
        #expect(try trainer.settings(for: ["r": .int(128)], in: file.specification)["r"] == .int(128))
        #expect(throws: SpaceFileError.self) {
            try SpaceFile(text: text + "more: 1\n", place, trainers: TrainerList.standard.types)
        }
    }

    @Test func `A misspelt setting is met with the nearest name`() {
        let found = refusal(study("r: {values: [2]}", trainer: "bach_size: 3")) ?? ""
        #expect(found.hasPrefix("space.yaml:6:3: unknown key 'bach_size'; allowed: type, task, finetuning_type, model,"))
        #expect(found.hasSuffix("; did you mean 'batch_size'?"))
    }

    @Test func `A misspelt parameter is met with the nearest name`() {
        let found = refusal(study("learning_rat: {values: [1e-3]}")) ?? ""
        #expect(found.hasPrefix("space.yaml:7:3: unknown parameter 'learning_rat'; allowed: finetuning_type, model, train,"))
        #expect(found.hasSuffix("; did you mean 'learning_rate'?"))
    }

    @Test func `A missing model is missed in the trainer's section`() {
        let text = "metric: {name: eval_loss, goal: minimize}\ntrainer:\n  type: lora\nparameters: {r: {values: [1]}}"
        #expect(refusal(text) == "space.yaml:3:3: model: missing; the built-in trainer needs it")
    }

    @Test func `A metric that the built-in trainer never reports is refused`() {
        let found = refusal(study("r: {values: [2]}", before: "metric: {name: eval_acuracy, goal: maximize}")) ?? ""
        #expect(found.hasPrefix("space.yaml:1:16: unknown metric 'eval_acuracy'; allowed: eval_accuracy, eval_bleu,"))
        #expect(found.hasSuffix("; did you mean 'eval_accuracy'?"))
    }
}
