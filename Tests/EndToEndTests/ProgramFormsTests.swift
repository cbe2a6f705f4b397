import Foundation
import TestSupport
import Testing

/// The forms in which trainers tell of their evaluations, each written as the real program writes it (transformers 5.24, LLaMA-Factory
/// 0.9.5, mlx-lm 0.21 and 0.32.2): whoever is killed meanwhile, an evaluation is one report.
@Suite(.timeLimit(.minutes(5))) struct ProgramFormsTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// Twelve steps, an evaluation after every second, a checkpoint after every sixth. It is killed after steps 4 and 10, its controller
    /// after step 8.
    private static let trainer = #"""
        import json, os, signal, sys, time
        kind, trial = sys.argv[1], os.environ["AUTOLORA_TRIAL_DIR"]
        output = os.path.join(trial, "output")
        os.makedirs(output, exist_ok=True)
        start, history = 0, []
        if os.environ.get("AUTOLORA_RESUME_FROM"):
            start = int(open(os.environ["AUTOLORA_RESUME_FROM"] + "/step").read())
            if kind == "state":
                history = json.load(open(f"{output}/checkpoint-{start}/trainer_state.json"))["log_history"]

        def write(name, text, mode="w"):
            path = os.path.join(output, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, mode) as file:
                file.write(text)

        def tell(step):
            loss, epoch = 6 - step / 7, step / 24
            if kind == "state":
                history.append({"epoch": epoch, "eval_loss": loss, "eval_runtime": time.time() % 1, "step": step})
                write(f"checkpoint-{step}/trainer_state.json", json.dumps({"log_history": history, "global_step": step}, indent=2))
            elif kind == "log":
                line = {"current_steps": step, "total_steps": 12, "eval_loss": loss, "epoch": epoch, "elapsed_time": "0:00:01"}
                write("trainer_log.jsonl", json.dumps(line) + "\n", "a")
            elif kind == "printed":
                print({"eval_loss": f"{loss:.4g}", "eval_runtime": f"{time.time() % 1:.4g}", "epoch": f"{epoch:.4g}"}, flush=True)
            elif kind == "twice":
                print({"eval_loss": f"{loss:.4g}", "eval_runtime": "0.1", "epoch": f"{epoch:.4g}"}, flush=True)
                print(json.dumps({"step": step, "eval_loss": loss}), flush=True)
            elif kind == "mlx-old":
                print(f"Iter {step}: Val loss {loss:.3f}, Val took 16.942s", flush=True)
            elif kind == "mlx":
                print(f"  \x1b[38;5;244m{step:>4}\x1b[0m    \x1b[1;35mval\x1b[0m \x1b[1m{loss:.3f}\x1b[0m    \x1b[38;5;244m0.13s\x1b[0m", flush=True)
            elif kind == "csv":
                if not os.path.exists(output + "/results.csv"):
                    write("results.csv", "epoch,time,train/loss,eval/loss\n")
                write("results.csv", f"{step // 2},{time.time() % 100:.3f},{loss / 2:.5g},{loss!r}\n", "a")

        def first(name):
            try:
                os.mkdir(os.path.join(trial, name))
                return True
            except FileExistsError:
                return False

        for step in range(start + 1, 13):
            time.sleep(0.02)
            if kind == "state":
                history.append({"epoch": step / 24, "loss": 6.0, "grad_norm": 1.0, "learning_rate": 1e-3, "step": step})
            elif kind == "log":
                write("trainer_log.jsonl", json.dumps({"current_steps": step, "loss": 6.0, "lr": 1e-3}) + "\n", "a")
            elif kind == "mlx":
                print(f"  \x1b[38;5;244m{step:>4}\x1b[0m    \x1b[1;32m5.852 \u25bc\x1b[0m    \x1b[1m    2\x1b[0m    \x1b[38;5;244m  0.1k\x1b[0m", flush=True)
            elif kind in ("printed", "twice"):
                print({"loss": "6", "grad_norm": "1", "learning_rate": "0.001", "epoch": f"{step / 24:.4g}"}, flush=True)
            if step % 2:
                continue
            tell(step)
            if step % 6 == 0:
                write("../checkpoint/step", str(step))
            if step in (4, 10) and first(f"trainer-{step}"):
                os.kill(os.getpid(), signal.SIGKILL)
            if step == 8 and first("controller-8"):
                os.kill(int(open("controller").read()), signal.SIGKILL)
                time.sleep(20)
        """#

    @Test(arguments: [
        ("state", #", file: "output/checkpoint-*/trainer_state.json""#, ""), ("log", ", file: output/trainer_log.jsonl", ""),
        ("csv", ", file: output/results.csv", ""), ("printed", "", ""), ("twice", "", ""),
        ("mlx", "", #"metric_pattern: '(?:Iter )?(?<step>\d+):?\s+[Vv]al (?:loss )?(?<eval_loss>[0-9.]+|nan)'"#),
        ("mlx-old", "", #"metric_pattern: '(?:Iter )?(?<step>\d+):?\s+[Vv]al (?:loss )?(?<eval_loss>[0-9.]+|nan)'"#),
    ])
    func `an evaluation is one report, whoever is killed`(kind: String, file: String, pattern: String) async throws {
        _ = try temporary.write(Self.trainer, to: "train.py")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: eval_loss, goal: minimize\(file)}
            \(pattern)
            method: random
            run_cap: 1
            trainer: {type: command, command: [python3, train.py, \(kind)]}
            parameters: {x: {value: 1}}

            """, to: "space.yaml")
        let process = try autolora.start(["run", "space.yaml"])
        _ = try temporary.write("\(process.processIdentifier)", to: "controller")
        let killed = try await autolora.wait(for: process)
        #expect(process.wasSignaled, "\(killed.errors)")
        let resumed = try await autolora.run("resume", "lab")
        #expect(resumed.code == 0, "\(resumed.errors)")

        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect(trials.count == 1 && trials[0]["state"] as? String == "complete", "\(trials) \(resumed.errors)")
        #expect(trials[0]["launches"] as? Int == 4)
        let reports = try #require(trials[0]["reports"] as? [[String: Any]])
        let values = reports.compactMap { $0["value"] as? Double }
        let exact = stride(from: 2, through: 12, by: 2).map { 6 - Double($0) / 7 }
        #expect(values.count == 6 && zip(values, exact).allSatisfy { abs($0 - $1) < 0.0011 }, "\(values) \(resumed.errors)")
        if ["state", "log", "csv"].contains(kind) { #expect(values == exact) }
        let steps = reports.compactMap { $0["step"] as? Int }
        #expect(steps == (["printed", "csv"].contains(kind) ? [] : [2, 4, 6, 8, 10, 12]))
    }

    @Test func `a program whose loss has another name is told the name`() async throws {
        _ = try temporary.write(
            "name: lab\nmetric: {name: eval_loss, goal: minimize}\nmethod: random\nrun_cap: 1\n"
                + #"trainer: {type: command, command: [python3, -c, "print({'val_loss': 0.5, 'epoch': 1})"]}"#
                + "\nparameters: {x: {value: 1}}\n", to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 1)
        #expect(run.errors.contains("did you mean 'val_loss'"), "\(run.errors)")
    }
}
