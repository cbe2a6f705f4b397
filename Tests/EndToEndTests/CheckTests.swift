import Foundation
import TestSupport
import Testing

/// `autolora check`, as a user types it.
@Suite(.timeLimit(.minutes(5))) struct CheckTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    private func builtIn(_ more: String = "") -> String {
        """
        metric: {name: eval_accuracy, goal: maximize}
        \(more)
        trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_steps: 90, eval_steps: 10, max_length: 12}
        parameters:
          r: {values: [2, 4]}
          learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}
        """
    }

    @Test func `the space as understood goes to standard output, warnings to standard error`() async throws {
        _ = try temporary.write(builtIn("early_terminate: {type: asha, max_iter: 6}"), to: "space.yaml")
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 0)
        for words in ["r               categorical", "log_uniform_values", "2 combinations", "60 steps, 6 reports"] {
            #expect(result.output.contains(words), "\(result.output)")
        }
        #expect(result.errors.contains("space.yaml:2:1: warning: max_iter 6 x eval_steps 10 = 60 is not max_steps 90"))
    }

    @Test func `who gets how far, and what that costs in all, is told before anything runs`() async throws {
        _ = try temporary.write(builtIn("early_terminate: {type: hyperband}\nrun_cap: 17"), to: "space.yaml")
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 0, "\(result.errors)")
        for words in [
            "3 brackets", "1        10   17", "3        30   11", "9        90   5",
            "in all            690 steps, 45 % of the 1530 that 17 trials in full would take", "time              not known",
            "disk              about ",
        ] { #expect(result.output.contains(words), "\(result.output)") }
    }

    @Test func `what hangs on the values, or on the program, is not made up`() async throws {
        _ = try temporary.write(builtIn("early_terminate: {type: median}\nrun_cap: 5"), to: "space.yaml")
        let median = try await autolora.run("check", "space.yaml").output
        #expect(
            median.contains("not known: the median rule goes by the values; at most 450 steps, every trial in full"),
            "\(median)")
        _ = try temporary.write("", to: "train.py")
        _ = try temporary.write(
            "metric: {name: loss, goal: minimize}\nprogram: train.py\nparameters: {x: {min: 0, max: 9}}\n", to: "space.yaml")
        let program = try await autolora.run("check", "space.yaml").output
        #expect(program.contains("not known: where a trial ends is the program's own business"), "\(program)")
        #expect(!program.contains("tried first"))
    }

    @Test func `once trials have run, the time is told by their pace`() async throws {
        _ = try temporary.write(#"for i in 1 2 3; do sleep 0.1; echo "{\"loss\": $i}"; done"#, to: "train.sh")
        _ = try temporary.write(
            """
            name: paced
            metric: {name: loss, goal: minimize}
            trainer: {type: command, command: [sh, train.sh]}
            run_cap: 2
            early_terminate: {type: hyperband, min_iter: 1, max_iter: 3}
            parameters: {x: {min: 0.0, max: 1.0}}
            """, to: "space.yaml")
        #expect(try await autolora.run("check", "space.yaml").output.contains("not known before trials have run"))
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.output.contains("by the pace of the 2 trials of study paced"), "\(result.output)")
    }

    @Test func `paths are taken from the space file's folder, wherever one stands`() async throws {
        for name in ["model", "train.jsonl"] {
            try FileManager.default.createDirectory(atPath: temporary.path + "/sub", withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: temporary.path + "/" + name, toPath: temporary.path + "/sub/" + name)
        }
        _ = try temporary.write(builtIn(), to: "sub/space.yaml")
        #expect(try await autolora.run("check", "sub/space.yaml").code == 0)
    }

    @Test func `a model that is not there is named with its place`() async throws {
        _ = try temporary.write(builtIn().replacing("model: model", with: "model: modell"), to: "space.yaml")
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("space.yaml:3:18: model: there is no "))
        #expect(!result.errors.contains("hub"))
    }

    @Test(arguments: ["bert-base-uncased", "google-bert/bert-base-uncased", "bert-base-uncased/"])
    func `a name of the hub's is told from a folder, with the way to get one`(name: String) async throws {
        _ = try temporary.write(builtIn().replacing("model: model", with: "model: \(name)"), to: "space.yaml")
        for command in ["check", "run"] {
            let result = try await autolora.run(command, "space.yaml")
            #expect(result.code == 2)
            #expect(result.errors.contains("space.yaml:3:18: model: there is no "), "\(result.errors)")
            #expect(
                result.errors.contains(
                    "`hf download \(name.hasSuffix("/") ? String(name.dropLast()) : name) --local-dir bert-base-uncased`"),
                "\(result.errors)")
        }
    }

    @Test
    func
        `the built-in trainer's steps are counted though its reports cannot be, and a home folder's short name is pointed out`()
        async throws
    {
        _ = try temporary.write(
            builtIn("run_cap: 4").replacing("max_steps: 90, eval_steps: 10", with: "max_steps: 6"), to: "space.yaml")
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 0, "\(result.errors)")
        #expect(
            result.output.contains("one full trial   6 steps\n") && result.output.contains("in all            24 steps\n"),
            "\(result.output)")
        #expect(!result.output.contains("not known: where a trial ends"))
        _ = try temporary.write(builtIn().replacing("model: model", with: "model: ~/bert"), to: "space.yaml")
        let home = try await autolora.run("check", "space.yaml")
        #expect(home.code == 2 && home.errors.contains("'~' stands for the home folder in a shell alone"), "\(home.errors)")
    }

    @Test func `a grid that auto comes to is one in check and in run`() async throws {
        _ = try temporary.write(
            """
            metric: {name: x, goal: maximize}
            method: auto
            run_cap: 9
            trainer: {type: command, command: [sh, -c, "echo \\"{'$0': 1, 'x': 1}\\"", "${args_no_hyphens}"]}
            parameters: {a: {values: [1, 2]}, b: {value: null}}
            """, to: "space.yaml")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0, "\(check.errors)")
        #expect(check.output.contains("auto: grid, because 2 trials cover all 2 configurations, 2 trials,"), "\(check.output)")
        #expect(check.errors.contains("fewer than run_cap 9: the study ends once all have been tried"), "\(check.errors)")
        let run = try await autolora.run("run", "space.yaml", "--study", "lab")
        #expect(run.code == 0, "\(run.errors)")
        let status = try await autolora.run("status", "lab", "--json").json() as? [String: Any]
        #expect((status?["trials"] as? [String: Int])?["total"] == 2)
        #expect(status?["state"] as? String == "finished")
    }

    @Test func `what auto stands for is told with the reason`() async throws {
        _ = try temporary.write(
            """
            metric: {name: loss, goal: minimize}
            method: auto
            run_cap: 30
            trainer: {type: command, command: [python3, train.py]}
            parameters:
              lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}
            """, to: "space.yaml")
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 0)
        #expect(result.output.contains("auto: gp, because it wins the most from 30 full trials of 1 parameter,"))
    }

    @Test func `a mistake is told in one line`() async throws {
        _ = try temporary.write(builtIn("method: rendom"), to: "space.yaml")
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        let message =
            "autolora: space.yaml:2:9: unknown method 'rendom'; allowed: random, grid, sobol, tpe, gp, auto; did you mean 'random'?\n"
        #expect(result.errors == message)
    }
}
