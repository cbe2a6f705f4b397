import Foundation
import TestSupport
import Testing

/// The script in docs/programs.md, and scripts that print as Hugging Face's Trainer does, run as they stand.
@Suite(.timeLimit(.minutes(5))) struct ExampleTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// A file of the project.
    private func text(of path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// A block of docs/programs.md that begins with some words.
    private func outline(_ language: String, _ start: String) throws -> String {
        let blocks = try text(of: "docs/programs.md").components(separatedBy: "```\(language)\n").dropFirst()
        return try #require(blocks.compactMap { $0.components(separatedBy: "\n```").first }.first { $0.hasPrefix(start) })
    }

    private func space(_ trainer: String, _ more: String = "", parameters: String = "x: {min: 10, max: 99}") -> String {
        """
        name: lab
        metric: {name: eval_accuracy, goal: maximize}
        method: random
        run_cap: 3
        workers: 3
        seed: 5
        early_terminate: {type: successive_halving, eta: 3, min_iter: 1, max_iter: 3}
        \(trainer)
        \(more)
        parameters:
          \(parameters)

        """
    }

    private func trials() async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
    }

    /// Two trials wait at the first rung and are pruned, one goes on from its checkpoint to its end and repeats nothing.
    ///
    /// - Parameter steps: what the one that goes on notes in the file `steps`; nil: the script keeps no such file.
    private func expectPromotion(_ run: Autolora.Result, steps: [String]? = ["1", "2", "3"]) async throws {
        #expect(run.code == 0, "\(run.errors)")
        #expect(!run.errors.contains("starts over"), "\(run.errors)")
        let trials = try await trials()
        #expect(trials.map { $0["state"] as? String ?? "" }.sorted() == ["complete", "pruned", "pruned"], "\(run.errors)")
        for (number, trial) in trials.enumerated() {
            let isBest = trial["state"] as? String == "complete"
            #expect((trial["reports"] as? [Any])?.count == (isBest ? 3 : 1), "\(run.errors)")
            #expect(trial["launches"] as? Int == (isBest ? 2 : 1))
            guard let steps else { continue }
            let trained = temporary.read("studies/lab/trials/\(number)/steps")?.split(separator: "\n").map(String.init)
            #expect(trained == (isBest ? steps : ["1"]))
        }
    }

    @Test func `the documented Python script is paused, promoted and complete`() async throws {
        for name in ["own_loop.py", "autolora_trial.py"] {
            _ = try temporary.write(text(of: "search-spaces/trainers/" + name), to: name)
        }
        let rows = (0..<30).map { row in
            let isGood = row % 2 == 0
            return #"{"text": "\#(isGood ? "good" : "bad") film \#(row % 7)", "label": "\#(isGood ? "positive" : "negative")"}"#
        }
        for name in ["train.jsonl", "validation.jsonl"] {
            _ = try temporary.write(rows.joined(separator: "\n") + "\n", to: name)
        }
        let trainer = try outline("yaml", "trainer: {type: command")
        _ = try temporary.write(space(trainer, parameters: "learning_rate: {min: 0.01, max: 0.5}"), to: "space.yaml")
        try await expectPromotion(try await autolora.run("run", "space.yaml"), steps: nil)
    }

    /// Prints the lines that Hugging Face's Trainer prints, without flushing, and saves a checkpoint a little at a time after the
    /// evaluation has been printed; a callback stops it as AUTOLORA_STOP_AFTER says.
    private static let trainer = """
        import json, os, sys, time
        folder, x = os.environ["AUTOLORA_TRIAL_DIR"], int(sys.argv[1].split("=")[1])
        bar = "tqdm" in sys.argv
        resume, start = os.environ.get("AUTOLORA_RESUME_FROM"), 0
        if resume:
            last = max(os.listdir(resume), key=lambda name: int(name.split("-")[1]))
            start = json.load(open(f"{resume}/{last}/trainer_state.json"))["epoch"]
        def progress(step):
            if bar: print(f"\\r {step * 10:3}%|{'#' * step:10}| {step}/10 [00:0{step}<00:09,  1.05it/s]", end="", file=sys.stderr, flush=True)
        for epoch in range(start + 1, 4):
            print(epoch, file=open(folder + "/steps", "a"))
            for step in range(10): progress(step)
            print({"loss": 0.7 / epoch, "grad_norm": 1.25, "learning_rate": 5e-05, "epoch": float(epoch)})
            print({"eval_loss": 0.6 / epoch, "eval_accuracy": x / 100 - 0.1 / epoch, "eval_runtime": 0.1, "eval_samples_per_second": 9.5, "epoch": float(epoch)})
            target = f"{folder}/checkpoint/checkpoint-{epoch * 10}"
            os.makedirs(target)
            for part in range(int(os.environ.get("PARTS", "1"))):
                with open(target + "/model.safetensors", "a") as file: file.write("part\\n")
                time.sleep(0.15)
            json.dump({"epoch": epoch}, open(target + "/trainer_state.json", "w"))
            if str(epoch) == os.environ.get("AUTOLORA_STOP_AFTER"): break
        print({"train_runtime": 1.0, "train_samples_per_second": 9.0, "train_loss": 0.3, "epoch": float(epoch)})
        """

    @Test(arguments: [
        #"[python3, hf.py, "${args}"]"#, #"[python3, hf.py, "${args}", tqdm]"#,
        #"[sh, -c, 'exec python3 hf.py "$1" tqdm 2>&1', sh, "${args}"]"#,
        #"[env, -u, PYTHONUNBUFFERED, python3, -u, hf.py, "${args}", tqdm]"#,
    ])
    func `a script that prints as Hugging Face's Trainer does goes on from its own checkpoints`(command: String) async throws {
        _ = try temporary.write(Self.trainer, to: "hf.py")
        _ = try temporary.write(space("trainer: {type: command, command: \(command)}"), to: "space.yaml")
        try await expectPromotion(try await autolora.run("run", "space.yaml"))
    }

    @Test func `a checkpoint that takes longer than the grace time is there when its trial is promoted`() async throws {
        _ = try temporary.write(Self.trainer, to: "hf.py")
        let trainer = #"trainer: {type: command, command: [python3, hf.py, "${args}"]}"#
        _ = try temporary.write(space(trainer, "grace: 2s"), to: "space.yaml")
        try await expectPromotion(try await autolora.run("run", "space.yaml", environment: ["PARTS": "20"]))
    }

    @Test func `on Ctrl-C too a checkpoint is written whole, in more than the grace time`() async throws {
        let save =
            "mkdir checkpoint; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo $i >> checkpoint/parts; sleep 0.3; done"
        _ = try temporary.write(
            "cd $AUTOLORA_TRIAL_DIR; trap '\(save); exit 0' TERM; echo '{\"eval_accuracy\": 1}'; while :; do sleep 0.05; done",
            to: "train.sh")
        let trainer = "trainer: {type: command, command: [sh, train.sh]}\nrun_cap: 1\n"
        _ = try temporary.write(
            "name: lab\nmetric: {name: eval_accuracy, goal: maximize}\ngrace: 4s\n\(trainer)parameters: {x: {values: [1, 2]}}\n",
            to: "space.yaml")
        let run = try autolora.start(["run", "space.yaml"])
        let log = "studies/lab/trials/0/log.txt"
        while temporary.read(log)?.contains("eval_accuracy") != true { try await Task.sleep(for: .milliseconds(20)) }
        kill(run.processIdentifier, SIGINT)
        #expect(try await autolora.wait(for: run).code == 130)
        #expect(temporary.read("studies/lab/trials/0/checkpoint/parts")?.split(separator: "\n").count == 20)
    }
}
