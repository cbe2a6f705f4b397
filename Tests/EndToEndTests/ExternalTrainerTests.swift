import Foundation
import TestSupport
import Testing

/// Whole studies of external trainers, with a stand-in for the Python that has their packages: it plays the bridge's part.
@Suite(.timeLimit(.minutes(5))) struct ExternalTrainerTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(#"{"model_type": "llama", "num_hidden_layers": 2}"#, to: "model/config.json")
        for part in ["train", "validation"] {
            _ = try temporary.write(#"{"prompt": "2 + 2 =", "completion": " 4"}"# + "\n", to: part + ".jsonl")
        }
        try program(Self.standIn, to: "stand-in")
    }

    private func program(_ text: String, to name: String) throws {
        let path = try temporary.write(text, to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// Reports as the bridge does, beside lines that must not count, and keeps what a trial was given.
    private static let standIn = #"""
        #!/usr/bin/env python3
        import json, os, sys

        if "--probe" in sys.argv:
            found = {"trl": "1.16.0", "torch": "2.13.0"}
            lines = [line for name in sys.argv if name.endswith(".yaml") for line in open(name).read().splitlines()]
            unknown = [{"key": "pakcing", "near": "packing"}] if any(line.startswith("pakcing:") for line in lines) else []
            problems = ["no optimizer adamv"] if any(line == "optim: adamv" for line in lines) else []
            if os.environ.get("CUDA_VISIBLE_DEVICES"):
                problems += [] if "bf16: true" in lines and "use_cpu: false" in lines else ["a GPU and no use of it"]
            warnings = ["the GPU cannot be used just now, so that it was not asked (CUDA error: out of memory)"] if os.environ.get("FULL") else []
            print(json.dumps({"versions": found, "unknown": unknown, "problems": problems, "warnings": warnings}))
            sys.exit(0)
        folder = os.environ["AUTOLORA_TRIAL_DIR"]
        config = json.load(open(os.environ["AUTOLORA_CONFIG"]))
        assert os.path.exists(sys.argv[1]) and sys.argv[1] == folder + "/bridge.py" and os.path.exists(folder + "/autolora_trial.py")
        trainer, resume = config["trainer"], os.environ.get("AUTOLORA_RESUME_FROM")
        begin = int(open(resume + "/step").read()) if resume else 0
        with open(folder + "/launches", "a") as file:
            file.write("resumed\n" if "resume_from_checkpoint: " + folder + "/checkpoint" in open(sys.argv[3]).read() else "begun\n")
        for step in range(begin + trainer["eval_steps"], trainer["max_steps"] + 1, trainer["eval_steps"]):
            loss = 1 / step + trainer["r"] / 1000
            print("{'eval_loss': '%.3g', 'epoch': 1}" % loss)
            os.makedirs(folder + "/checkpoint", exist_ok=True)
            open(folder + "/checkpoint/step", "w").write(str(step))
            os.makedirs(folder + "/adapter", exist_ok=True)
            open(folder + "/adapter/adapter_config.json", "w").write(json.dumps({"r": trainer["r"]}))
            print(json.dumps({"autolora": 1, "step": step, "epoch": step / 8, "eval_loss": loss, "eval_mean_token_accuracy": 0.5}), flush=True)
            if os.environ.get("AUTOLORA_STOP_AFTER") == str(step // trainer["eval_steps"]):
                break
        """#

    private func space(_ settings: String = "", parameters: String = "r: {min: 1, max: 90}", top: String = "") throws {
        _ = try temporary.write(
            """
            name: lab
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 9
            seed: 5
            early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}
            trainer: {type: trl, python: stand-in, model: model, train: train.jsonl, validation: validation.jsonl, max_steps: 18, eval_steps: 2, \(settings)}
            parameters: {\(parameters)}
            \(top)
            """, to: "space.yaml")
    }

    private func trials() async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
    }

    @Test func `a study of TRL runs, promotes and goes on from checkpoints`() async throws {
        try space()
        let run = try await autolora.run("run", "space.yaml", "--workers", "2")
        #expect(run.code == 0, "\(run.errors)")
        let trials = try await trials()
        #expect(trials.count == 9)
        let reports = trials.map { ($0["reports"] as? [[String: Any]])?.count ?? 0 }
        #expect(Set(reports).isSubset(of: [1, 3, 9]) && reports.contains(9) && reports.contains(1), "\(reports)")
        for (number, count) in reports.enumerated() {
            let launches = try #require(temporary.read("studies/lab/trials/\(number)/launches")).split(separator: "\n")
            #expect(launches.first == "begun" && launches.dropFirst().allSatisfy { $0 == "resumed" })
            #expect(
                trials[number]["launches"] as? Int == launches.count && (count == 1) == (launches.count == 1),
                "\(number): \(launches)")
        }
        let full = try #require(trials.first { ($0["reports"] as? [[String: Any]])?.count == 9 })
        let first = try #require((full["reports"] as? [[String: Any]])?.first)
        #expect(first["step"] as? Int == 2)
        let metrics = try #require(first["metrics"] as? [String: Double])
        #expect(metrics["eval_mean_token_accuracy"] == 0.5 && metrics["autolora"] == nil)

        let best = try #require(try await autolora.run("best", "lab", "--json").json() as? [String: Any])
        #expect(best["trial"] as? Int == full["number"] as? Int)
        let kept = try await autolora.run("export", "lab", "--format", "peft", "--output", "adapter")
        #expect(kept.code == 0 && kept.errors.contains("warning: not read again"), "\(kept.errors)")
        let merged = try await autolora.run("export", "lab", "--format", "merged", "--output", "merged")
        #expect(merged.code == 2 && merged.errors.contains("is no adapter in PEFT's format"), "\(merged.errors)")
        #expect(temporary.read("adapter/adapter_config.json")?.contains("\"r\"") == true)
        #expect(try await autolora.run("export", "lab", "--format", "json", "--output", "best.json").code == 0)
        #expect(temporary.read("best.json")?.contains("\"type\" : \"trl\"") == true, "\(temporary.read("best.json") ?? "")")
        let verify = try await autolora.run("verify", "lab")
        #expect(verify.code == 0, "\(verify.output)\(verify.errors)")

        // Another Python keeps the trials; another setting does not.
        try space("setup: ['true']")
        let same = try await autolora.run("resume", "lab", "--space", "space.yaml", "--trials", "10")
        #expect(same.code == 0, "\(same.errors)")
        try space("learning_rate: 0.5")
        let other = try await autolora.run("resume", "lab", "--space", "space.yaml", "--trials", "11")
        #expect(other.code == 2 && other.errors.contains("trainer: learning_rate: found 0.5"), "\(other.errors)")
    }

    @Test func `check asks the trainer and shows the first trial's configuration and command`() async throws {
        try space("setup: [export A=1]")
        let check = try await autolora.run("check", "space.yaml", "--show", environment: ["CUDA_VISIBLE_DEVICES": ""])
        #expect(check.code == 0, "\(check.errors)")
        let shown = check.output
        for line in [
            "trainer           trl 1.16.0, torch 2.13.0 (", "model             llama of 2 layers in ", "data              ",
            "studies/lab/trials/0/trainer.yaml:\n    model_name_or_path: ", "    max_steps: 18\n", "AUTOLORA_CONFIG=",
            "/bin/bash -c 'set -e\n", "bridge.py trl ", "lines, the same for every trial",
            "OMP_NUM_THREADS=\(ProcessInfo.processInfo.activeProcessorCount) ",
        ] { #expect(shown.contains(line), "lacks \(line):\n\(shown)") }
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies"))
    }

    @Test func `what is asked and shown is what a trial gets on its device`() async throws {
        let gpus = try StandInGPUs(2, in: temporary, used: "3")
        try space(parameters: "r: {values: [4]}")
        let check = try await autolora.run("check", "space.yaml", "--show", environment: gpus.environment)
        #expect(check.code == 0, "\(check.errors)")
        for line in [
            "    use_cpu: false\n", "    bf16: true\n", "CUDA_VISIBLE_DEVICES=\(gpus.identifiers[0])", "AUTOLORA_GPUS=",
        ] {
            #expect(check.output.contains(line), "lacks \(line):\n\(check.output)")
        }
    }

    @Test func `a GPU that is full when the trainer is asked is a warning, and refuses nothing`() async throws {
        try space()
        let check = try await autolora.run("check", "space.yaml", environment: ["FULL": "1", "CUDA_VISIBLE_DEVICES": ""])
        #expect(check.code == 0, "\(check.errors)")
        #expect(check.errors.contains("warning: TRL: the GPU cannot be used just now, so that it was not asked (CUDA error: "))
    }

    @Test func `check shows what other trainers' first trials get too`() async throws {
        _ = try temporary.write(
            "metric: {name: x, goal: minimize}\ntrainer: {type: command, command: [sh, -c, \"echo ${x}\", \"${args}\", \"${envvar:SECRET}\"]}\nparameters: {x: {values: [7]}}\n",
            to: "command.yaml")
        let check = try await autolora.run("check", "command.yaml", "--show", environment: ["SECRET": "hunter2"])
        #expect(check.code == 0, "\(check.errors)")
        #expect(check.output.contains("studies/command/trials/0/config.json:\n    {\n"), "\(check.output)")
        #expect(check.output.contains("--x=7") && !check.output.contains("hunter2"), "\(check.output)")
    }

    @Test func `a key that the trainer does not know is refused by its place, and a Python that is none`() async throws {
        try space("options: {pakcing: true}")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 2)
        #expect(
            check.errors.contains("space.yaml:7:") && check.errors.contains("TRL knows no 'pakcing'; did you mean 'packing'?"),
            "\(check.errors)")
        try space(parameters: "options.pakcing: {values: [true, false]}")
        let searched = try await autolora.run("check", "space.yaml")
        #expect(searched.errors.contains("space.yaml:8:") && searched.errors.contains("'pakcing'"), "\(searched.errors)")
        try space(parameters: "r: {values: [4, 8]}, options.pakcing: {values: [true], when: {r: 8}}")
        let hanging = try await autolora.run("check", "space.yaml")
        #expect(hanging.code == 2 && hanging.errors.contains("'pakcing'"), "\(hanging.errors)")
        try space(parameters: "options.optim: {values: [adamw_torch, sgd, adamv]}")
        let value = try await autolora.run("check", "space.yaml")
        #expect(value.code == 2 && value.errors.contains("TRL: no optimizer adamv"), "\(value.errors)")
        try space("setup: [no-such-program-here]")
        let setup = try await autolora.run("check", "space.yaml")
        #expect(
            setup.code == 2 && setup.errors.contains("space.yaml:7:") && setup.errors.contains("trainer.setup failed"),
            "\(setup.errors)")

        try space()
        let gone = "#!/bin/sh\necho '{\"versions\": {\"trl\": null}, \"unknown\": [], \"problems\": []}'\n"
        try program(gone, to: "stand-in")
        let bare = try await autolora.run("run", "space.yaml")
        #expect(bare.code == 2)
        #expect(
            bare.errors.contains("stand-in has no package trl; install it there: ")
                && bare.errors.contains("-m pip install trl"), "\(bare.errors)")
        try program("#!/bin/sh\necho 'no module named yaml' >&2\nexit 3\n", to: "stand-in")
        let broken = try await autolora.run("check", "space.yaml")
        #expect(broken.errors.contains("(exit code 3)") && broken.errors.contains("no module named yaml"), "\(broken.errors)")
        try FileManager.default.removeItem(atPath: temporary.path + "/stand-in")
        let none = try await autolora.run("check", "space.yaml")
        #expect(none.errors.contains("stand-in cannot be started"), "\(none.errors)")
    }

    @Test func `a trial whose trainer never evaluates is told as such`() async throws {
        try space(top: "max_failures: 1")
        try program(
            "#!/usr/bin/env python3\nimport json, sys\nprint(json.dumps({'versions': {'trl': '1'}, 'unknown': [], 'problems': []})\n"
                + "      if '--probe' in sys.argv else \"{'eval_loss': 0.5}\")\n", to: "stand-in")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 1 && run.errors.contains("the trainer ended without an evaluation"), "\(run.errors)")
    }
}
