import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings
import Trainers

/// W&B sweep files as people have them.
struct SweepFileTests {
    private func warnings(_ text: String) throws -> [String] { try parse(text).warnings.map(\.text) }

    // MARK: - YAML

    @Test func `merge keys bring in what is not given`() throws {
        let space = try parse(
            sweep(
                """
                lr_head: &rate
                  distribution: log_uniform_values
                  min: 1e-5
                  max: 1e-3
                lr_adapter:
                  <<: *rate
                  max: 1e-2
                """)
        ).specification.space
        #expect(space["lr_head"]?.distribution == .logUniform(min: 1e-5, max: 1e-3))
        #expect(space["lr_adapter"]?.distribution == .logUniform(min: 1e-5, max: 1e-2))
    }

    @Test func `of several mappings the first to have a key decides, as in PyYAML`() throws {
        let space = try parse(
            sweep("a: &a {min: 1, max: 2}\nb: &b {min: 5, max: 9}\nc: {<<: [*b, *a]}\nd: {<<: [*a, *b], max: 7}")
        ).specification.space
        #expect(space["c"]?.distribution == .intUniform(min: 5, max: 9))
        #expect(space["d"]?.distribution == .intUniform(min: 1, max: 7))
    }

    @Test func `a merge of merges, and of whole parameter lists, keeps the order of first mention`() throws {
        let text = """
            metric: {name: loss, goal: minimize}
            program: train.py
            enqueue: [&first {z: 1, a: 2}, {<<: *first, a: 1}]
            parameters: {z: {values: [1, 2]}, a: {values: [1, 2]}}
            """
        #expect(try parse(text).specification.enqueued == [["z": .int(1), "a": .int(2)], ["z": .int(1), "a": .int(1)]])
    }

    @Test(arguments: [
        ("x: {<<: 3, value: 1}", "4:11: found 3, expected after '<<' a mapping, or a list of them, such as *name"),
        (
            "x: {'<<': 3, value: 1}",
            "4:7: unknown key '<<'; allowed: distribution, value, values, probabilities, min, max, q, mu, "
                + "sigma, when"
        ),
        ("x: {<<: {value: 1}, <<: {value: 2}}", "4:7: '<<' is given more than once; keep one"),
    ])
    func `a merge key that brings in nothing is refused by its name`(parameters: String, message: String) {
        #expect(refusal(sweep(parameters)) == "space.yaml:\(message)")
    }

    @Test func `a mark of the byte order is passed over, and another encoding is called by its name`() throws {
        let text = sweep("x: {min: 0.0, max: 1.0}")
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func refusal(_ data: Data) throws -> String? {
            let file = folder.appending(path: "space.yaml")
            try data.write(to: file)
            do {
                _ = try SpaceFile(path: file.path, trainers: TrainerList.standard.types)
                return nil
            } catch { return error.problem }
        }
        #expect(try refusal(Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8)) == nil)
        #expect(try parse("\u{FEFF}" + text).specification == parse(text).specification)
        for (encoding, name) in [
            (String.Encoding.utf16, "UTF-16"), (.utf16LittleEndian, "UTF-16LE"), (.utf16BigEndian, "UTF-16BE"),
        ] {
            let data = try #require(text.data(using: encoding))
            let problem = try refusal(data)
            let words = "is in \(name), expected UTF-8; convert it: iconv -f \(name) -t UTF-8 "
            #expect(problem?.hasPrefix(words) == true, "\(encoding)")
        }
    }

    // MARK: - Keys

    @Test func `what means nothing here is passed over with one warning`() throws {
        let before = """
            project: p
            entity: e
            apiVersion: v1
            kind: sweep
            controller: {type: local}
            metric: {name: loss, goal: minimize, impute: worst, impute_while_running: latest}
            """
        #expect(
            try warnings(sweep("x: {value: 1}", before: before)) == [
                "'project', 'entity', 'apiVersion', 'kind', 'controller', 'metric.impute' and 'metric.impute_while_running' mean nothing here"
            ])
    }

    @Test(arguments: [("1.5", 2), ("2.4", 2), ("3.6", 4)])
    func `an eta that is no whole number is rounded, with a warning`(eta: String, taken: Int) throws {
        let before = "metric: {name: loss, goal: minimize}\nearly_terminate: {type: hyperband, min_iter: 2, eta: \(eta)}"
        let file = try parse(sweep("x: {value: 1}", before: before))
        #expect(file.specification.earlyTermination.rungs?.eta == taken)
        #expect(file.warnings.map(\.text) == ["eta \(eta) is taken as \(taken): one trial in so many goes on"])
    }

    @Test func `a whole file under one key is met with where it belongs`() {
        let text = "sweep:\n  program: train.py\n  metric: {name: loss, goal: minimize}\n  parameters:\n    x: {value: 1}\n"
        #expect(
            refusal(text) == "space.yaml:1:1: the study's keys stand under 'sweep'; they belong at the top level of the file")
    }

    @Test(arguments: [
        ("n_trials: 3\n", "x: {value: 1}", "did you mean 'run_cap'?"),
        ("n_jobs: 3\n", "x: {value: 1}", "did you mean 'workers'?"),
        ("", "x: {low: 1, high: 2}", "did you mean 'min'?"),
        ("", "x: {min: 1, high: 2}", "did you mean 'max'?"),
        ("", "x: {min: 1, max: 2, step: 1}", "did you mean 'q'?"),
        ("", "x: {min: 1, max: 2, log: true}", "did you mean 'distribution: log_uniform_values'?"),
        ("", "x: {choices: [1, 2]}", "did you mean 'values'?"),
        ("", "x: {distribution: loguniform, min: 1, max: 2}", "did you mean 'log_uniform_values'?"),
        ("", "x: {distribution: int, min: 1, max: 2}", "did you mean 'int_uniform'?"),
        ("early_terminate: {type: asha, grace_period: 1}\n", "x: {value: 1}", "did you mean 'min_iter'?"),
    ])
    func `keys of other programs are met with ours`(before: String, parameters: String, hint: String) {
        let said = refusal(sweep(parameters, before: before + "metric: {name: loss, goal: minimize}"))
        #expect(said?.hasSuffix(hint) == true, "\(said ?? "accepted")")
    }

    @Test(arguments: [
        ("per_device_train_batch_size", "batch_size"), ("lora_rank", "r"), ("lora_r", "r"), ("max_seq_length", "max_length"),
        ("epochs", "num_train_epochs"), ("lr", "learning_rate"), ("lora_target", "target_modules"),
        ("model_name_or_path", "model"),
    ])
    func `so are settings of other trainers, searched or fixed`(name: String, ours: String) {
        for said in [refusal(study("\(name): {values: [1, 2]}")), refusal(study("r: {value: 1}", trainer: "\(name): 2"))] {
            #expect(said?.hasSuffix("did you mean '\(ours)'?") == true, "\(said ?? "accepted")")
            // What is not built is not offered.
            #expect(said?.contains("adam_beta1") == false)
        }
    }

    // MARK: - Distributions

    @Test(arguments: [
        ("{distribution: log_uniform, min: 2e-5, max: 4e-5}", true), ("{distribution: log_uniform, min: -9, max: -2}", false),
        ("{distribution: log_uniform, min: 8, max: 256}", true), ("{distribution: log_uniform, min: 0, max: 5}", false),
        ("{distribution: inv_log_uniform, min: 1e-5, max: 0.1}", true),
        ("{distribution: inv_log_uniform_values, min: 1e-5, max: 0.1}", false),
    ])
    func `exponents that are meant as values are pointed out`(form: String, isWarned: Bool) throws {
        let said = try warnings(sweep("p: \(form)"))
        #expect(
            said.contains { $0.hasSuffix("if you mean the values themselves, write log_uniform_values") } == isWarned, "\(said)"
        )
    }

    @Test func `steps that W&B would count otherwise are pointed out in a sweep file`() throws {
        let said = "'p' is 1, 9, 17, ...: steps are counted from min, where W&B takes multiples of q"
        let form = "p: {distribution: q_log_uniform_values, min: 1, max: 64, q: 8}"
        #expect(try warnings(sweep(form)) == [said])
        #expect(try warnings(sweep("p: {distribution: q_uniform, min: 80, max: 325, q: 16}")).isEmpty)
        let ours =
            "metric: {name: loss, goal: minimize}\ntrainer: {type: command, command: [x, \"${args}\"]}\nparameters:\n  " + form
        #expect(try warnings(ours).isEmpty)
    }

    @Test(arguments: [
        (
            "b: {values: [[(1, 2), (3, 4)], [(5, 6), (7, 8)]]}",
            "4:16: warning: YAML has no tuples and reads 8 texts here; lists of lists are written [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]"
        ),
        (
            "b: {value: [(3, 4), (5, 6)]}",
            "4:14: warning: YAML has no tuples and reads 4 texts here; lists of lists are written [[3, 4], [5, 6]]"
        ),
    ])
    func `tuples are noticed at every depth`(parameter: String, warning: String) throws {
        #expect(try parse(sweep(parameter)).warnings.map(\.description) == ["space.yaml:\(warning)"])
    }

    @Test(arguments: [
        ("b: {value: (3, 4)}", "4:18: ", "value: [3, 4]"), ("b: {value: (3, 4, 5)}", "4:18: ", "value: [3, 4, 5]"),
        ("b: {values: (3, 4), desc: x}", "4:19: ", "values: [3, 4]"),
        ("a: {values: [1]}\nb: {value: 1, when: {a: (1, 2)}}", "5:31: ", "a: [1, 2]"),
    ])
    func `a tuple in a mapping of one line is told from an unknown key`(parameters: String, place: String, list: String) {
        let words = "YAML has no tuples and makes keys of their parts here; write the list " + list
        #expect(refusal(sweep(parameters)) == "space.yaml:" + place + words)
    }

    @Test func `a tuple to begin with is told too, and parentheses in texts are let be`() throws {
        let enqueued = refusal(sweep("p: {values: [[1, 2]]}", before: "metric: {name: x}\nenqueue: [{p: (1, 2)}]"))
        #expect(enqueued?.hasSuffix("write the list p: [1, 2]") == true, "\(enqueued ?? "accepted")")
        #expect(try warnings(sweep("p: {values: ['(1, 2)', 'f(x)', 'a)']}")).isEmpty)
        #expect(refusal(sweep("p: {value: 1, valeu) : 2}"))?.contains("unknown key 'valeu)'") == true)
    }

    @Test func `tuples are noticed, with how lists are written`() throws {
        #expect(
            try parse(sweep("w: {values: [(3, 5), (7, 25)]}")).warnings.map(\.description) == [
                "space.yaml:4:16: warning: YAML has no tuples and reads 4 texts here; lists of lists are written [[3, 5], [7, 25]]"
            ])
        #expect(
            refusal(sweep("w: {values: [(3, 3), (3, 5)]}"))?.hasSuffix("lists of lists are written [[3, 3], [3, 5]]") == true)
        #expect(try warnings(sweep("w: {values: [\"2 4\", (a), \"f(x)\"]}")).isEmpty)
    }

    // MARK: - Groups

    @Test func `parameters of parameters are called by their whole names`() throws {
        let text = """
            metric: {name: loss, goal: minimize}
            method: grid
            program: train.py
            parameters:
              prompts: {parameters: {tuner: {parameters: {type: {values: [few-shot, mipro]}}}}}
              thoughts: {parameters: {mode: {values: [report, multi, bigram]}, rounds: {values: [1, 2]}}}
              a.b: {when: {thoughts.rounds: 2}, value: 7}
            enqueue: [{prompts: {tuner: {type: mipro}}, thoughts.rounds: 2}]
            """
        let specification = try parse(text).specification
        let space = specification.space
        #expect(space.size == 12)
        #expect(specification.enqueued == [["prompts.tuner.type": .string("mipro"), "thoughts.rounds": .int(2)]])
        let assignment: Assignment = [
            "prompts.tuner.type": .string("mipro"), "thoughts.mode": .string("multi"), "thoughts.rounds": .int(2),
            "a.b": .int(7),
        ]
        // A name that has a point of its own stays as it is.
        #expect(
            space.nested(assignment) == [
                "prompts": .object(["tuner": .object(["type": .string("mipro")])]),
                "thoughts": .object(["mode": .string("multi"), "rounds": .int(2)]), "a.b": .int(7),
            ])
    }

    @Test func `a name that a group and a parameter both give is refused`() {
        let said = refusal(sweep("a: {parameters: {b: {value: 1}}}\na.b: {value: 2}"))
        #expect(said == "space.yaml:5:3: 'a.b' is given more than once; keep one")
    }
}
