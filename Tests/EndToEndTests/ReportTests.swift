import Foundation
import TestSupport
import Testing

/// Programs as users have them: how their output and files become reports.
@Suite(.timeLimit(.minutes(5))) struct ReportTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// Runs a study of a shell script.
    private func run(
        _ script: String, metric: String, extra: String = "", cap: Int = 1, environment: [String: String] = [:]
    ) async throws -> Autolora.Result {
        _ = try temporary.write(script, to: "train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: \(metric)
            method: random
            run_cap: \(cap)
            \(extra)
            trainer: {type: command, command: [sh, train.sh]}
            parameters: {x: {min: 0.0, max: 1.0}}

            """, to: "space.yaml")
        return try await autolora.run("run", "space.yaml", environment: environment)
    }

    private func reports(of trial: Int = 0) async throws -> [[String: Any]] {
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        return try #require(trials[trial]["reports"] as? [[String: Any]])
    }

    private func values(of trial: Int = 0) async throws -> [Double] {
        try await reports(of: trial).compactMap { $0["value"] as? Double }
    }

    @Test func `a progress bar, prefixes and NumPy's numbers do not hide the metric, and both streams may be one`() async throws
    {
        let script = #"""
            printf ' 33%%|###   | 10/30 [00:01<00:02,  9.1it/s]%s\n' "{'eval_loss': 0.60, 'epoch': 1.0}"
            printf '\r 66%%|#####   | 20/30\r         \r%s\n' "{'eval_loss': np.float64(0.50), 'm': array([1, 2]), 'epoch': 2.0}" >&2
            printf '\033[A\r100%%|########| 30/30\033[A%s     \n' "{'eval_loss': 0.40, 'epoch': 3.0}"
            echo "[rank0]: {'eval_loss': tensor(0.3, device='cuda:0'), 'epoch': 4.0}"
            echo "INFO:trainer:{'eval_loss': '0.2', 'epoch': 5.0},"
            """#
        #expect(try await run("exec 2>&1\n" + script, metric: "{name: eval_loss}").code == 0)
        #expect(try await values() == [0.6, 0.5, 0.4, 0.3, 0.2])
    }

    @Test func `a name's other spelling is taken, and said once`() async throws {
        let result = try await run(
            #"echo "{'eval_loss': 0.5}"; echo "{'eval_loss': 0.4}""#, metric: "{name: eval/loss, goal: minimize}", cap: 2)
        #expect(
            result.errors.components(separatedBy: "its lines say eval_loss, which is taken for eval/loss").count == 2,
            "\(result.errors)")
        #expect(try await values(of: 1) == [0.5, 0.4])
    }

    @Test(arguments: [
        (
            #"echo "epoch 1: accuracy: 0.91"; echo accuracy=0.93"#, "accuracy",
            "none of its lines was a dictionary such as {\"accuracy\": 0.81}; one is \"epoch 1: accuracy: 0.91\": give metric_pattern"
        ),
        (
            #"echo "{'eval_set1_loss': 0.4, 'epoch': 1.0}""#, "eval_loss",
            "no eval_loss: its lines have eval_set1_loss, epoch; did you mean 'eval_set1_loss'?"
        ),
        (#"echo "{'eval_loss': 0.4}" >&2"#, "eval_loss", "eval_loss was on standard error alone"),
        (":", "a", "it printed nothing"),
    ])
    func `a trial without the metric says what it had`(script: String, metric: String, error: String) async throws {
        let result = try await run(script, metric: "{name: \(metric), goal: maximize}")
        #expect(result.code == 1)
        let whole = "ended without a report of the study's metric: " + error
        // As it happens, and at the end.
        #expect(result.errors.components(separatedBy: whole).count >= 3, "\(result.errors)")
        #expect(try await autolora.run("trials", "lab").output.contains(whole))
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect((trials[0]["error"] as? String)?.hasPrefix(whole) == true)
    }

    @Test func `prose is read by a pattern`() async throws {
        let script = """
            echo "Starting training..., iters: 50"
            echo "Iter 1: Val loss 2.381, Val took 16.942s"
            echo "Iter 25: Train loss 1.108, Learning Rate 7.000e-05, It/sec 0.984"
            echo "Iter 50: Val loss 1.912, Val took 16.942s"
            """
        let pattern = #"metric_pattern: 'Iter (?<step>\d+): Val loss (?<val_loss>\S+),'"#
        #expect(try await run(script, metric: "{name: val_loss, goal: minimize}", extra: pattern).code == 0)
        #expect(try await values() == [2.381, 1.912])
        #expect(try await reports().map { $0["step"] as? Int } == [1, 50])
    }

    @Test(arguments: ["précision/µ", "acc@1 (%)", "it's \"best\"", "val.loss.mean", "5"]) func `a metric may have any name`(
        name: String
    ) async throws {
        // As json.dumps writes it.
        let escaped = name.unicodeScalars.map { scalar in
            scalar == "\""
                ? #"\""# : scalar.isASCII ? String(scalar) : #"\u"# + String(65536 + scalar.value, radix: 16).dropFirst()
        }.joined()
        _ = try temporary.write("{\"\(escaped)\": 0.5}\n", to: "line")
        let quoted = "'" + name.replacing("'", with: "''") + "'"
        let result = try await run("cat line", metric: "{name: \(quoted), goal: maximize}")
        #expect(result.code == 0, "\(result.errors)")
        #expect(try await values() == [0.5])
    }

    @Test func `a file is followed from launch to launch`() async throws {
        let script = #"""
            i=0; f="$AUTOLORA_TRIAL_DIR/out/metrics.csv"; mkdir -p "$AUTOLORA_TRIAL_DIR/out"
            if [ -n "$AUTOLORA_RESUME_FROM" ]; then i=$(cat "$AUTOLORA_RESUME_FROM/iter"); else echo loss,n > "$f"; fi
            while [ $i -lt 9 ]; do
              i=$((i + 1)); printf '0.%s' $((9 - i)) >> "$f"; printf ',%s\n' $i >> "$f"
              mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"; echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
              [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
            done
            """#
        let result = try await run(
            script, metric: "{name: loss, goal: minimize, file: out/metrics.csv}",
            extra: "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}",
            cap: 9)
        #expect(result.code == 0, "\(result.errors)")
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect(trials.contains { ($0["launches"] as? Int ?? 0) > 1 })
        for trial in trials {
            let counts = (trial["reports"] as? [[String: Any]] ?? []).compactMap { ($0["metrics"] as? [String: Double])?["n"] }
            #expect(counts == (1...counts.count).map(Double.init))
        }
        let other = try await run(
            "echo hello", metric: "{name: loss, goal: minimize, file: out/metrics.csv}", extra: "description: x")
        #expect(other.code == 2)
        _ = try temporary.write(
            #"{name: other, metric: {name: loss, file: "${trial}.json"}, run_cap: 1, trainer: {type: command, command: ["true"]}, parameters: {x: {value: 1}}}"#,
            to: "o.yaml")
        #expect(
            try await autolora.run("run", "o.yaml").errors.contains(
                "it wrote no file \(temporary.path)/studies/other/trials/0/0.json"))
    }

    @Test func `without a metric the first figure that a trial reports is it, named and kept`() async throws {
        _ = try temporary.write(
            "name: lab\nmethod: grid\ntrainer: {type: command, command: [sh, train.sh, '${args_no_hyphens}']}\nparameters: {x: {values: [5, 6]}}\n",
            to: "space.yaml")
        _ = try temporary.write(#"echo "{'epoch': 1, 'accuracy': 0.${1#x=}, 'loss': 9}""#, to: "train.sh")
        #expect(try await autolora.run("check", "space.yaml").output.contains("the first figure that a trial reports"))
        let result = try await autolora.run("run", "space.yaml")
        #expect(result.code == 0, "\(result.errors)")
        #expect(
            result.errors.contains("trials are compared by accuracy, the first figure that one reported, to maximize"),
            "\(result.errors)")
        #expect(result.output.contains("best: trial 1 with accuracy 0.6: x=6"), "\(result.output)")
        let best = try #require(try await autolora.run("best", "lab", "--json").json() as? [String: Any])
        #expect((best["metrics"] as? [String: Double])?["loss"] == 9)
        let resumed = try await autolora.run("resume", "lab")
        #expect(resumed.code == 0)
        #expect(resumed.output.contains("with accuracy 0.6"))
        // Where something is decided by it, it has to be named.
        _ = try temporary.write(
            "method: tpe\n" + (temporary.read("space.yaml") ?? "").replacing("method: grid\n", with: ""), to: "tpe.yaml")
        #expect(try await autolora.run("check", "tpe.yaml").errors.contains("the file lacks 'metric'"))
    }

    @Test func `without a metric what a program prints of its configuration is passed over`() async throws {
        _ = try temporary.write(
            "name: lab\nmethod: grid\ntrainer: {type: command, command: [sh, train.sh, '${args_no_hyphens}']}\n"
                + "parameters: {learning_rate: {values: [0.5, 0.25]}, batch_size: {values: [8]}}\n", to: "space.yaml")
        _ = try temporary.write(
            """
            echo "{'learning_rate': ${2#*=}, 'batch_size': 8.0}"; echo "{'n_params': 1000000, 'device_count': 1}"
            echo "{'epoch': 1, 'train_loss': 3.0, 'val_acc': ${2#*=}}"
            """, to: "train.sh")
        let result = try await autolora.run("run", "space.yaml")
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("trials are compared by val_acc,"), "\(result.errors)")
        #expect(result.output.contains("with val_acc 0.5"), "\(result.output)")
    }

    @Test func `steps that each launch counts from 1 lose no report, and that is said once`() async throws {
        let script = #"""
            i=0; s=0
            [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
            while [ $i -lt 9 ]; do
              i=$((i + 1)); s=$((s + 1)); echo "{\"step\": $s, \"score\": 0.$i}"
              mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"; echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
              [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
            done
            """#
        let result = try await run(
            script, metric: "{name: score, goal: maximize}",
            extra: "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}", cap: 9)
        #expect(
            result.errors.components(separatedBy: "steps begin again, so its reports are counted without them").count == 2,
            "\(result.errors)")
        let lengths = try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]] ?? []
        #expect(lengths.contains { ($0["reports"] as? [Any])?.count == 9 })
        for (number, trial) in lengths.enumerated() {
            let count = (trial["reports"] as? [Any])?.count ?? 0
            #expect(try await values(of: number) == (1...count).map { Double("0.\($0)") })
        }
    }

    /// As Hugging Face's Trainer does: a checkpoint an epoch, and no word of where to stop.
    @Test(arguments: [
        ("echo $i >$C/iter; ", "", #"\"step\": $i, "#), ("", "; echo $i >$C/iter", #"\"step\": $i, "#),
        ("echo $i >$C/iter; ", "", ""), ("", "; echo $i >$C/iter", ""),
    ])
    func `what a program prints beyond its rung counts once it is promoted`(before: String, after: String, step: String)
        async throws
    {
        let script = """
            C=$AUTOLORA_TRIAL_DIR/checkpoint; mkdir -p $C; i=0
            [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat $C/iter)
            while [ $i -lt 9 ]; do
              i=$((i + 1)); \(before)echo "{\(step)\\"score\\": 0.$i}"\(after); sleep 0.03
            done
            """
        let result = try await run(
            script, metric: "{name: score, goal: maximize}",
            extra: "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}", cap: 9)
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.components(separatedBy: ": it goes on after report 1, where it was to stop").count == 2)
        let trials = try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]] ?? []
        #expect(trials.contains { ($0["reports"] as? [Any])?.count == 9 }, "\(result.errors)")
        for (number, trial) in trials.enumerated() {
            let count = (trial["reports"] as? [Any])?.count ?? 0
            #expect([1, 3, 9].contains(count), "\(result.errors)")
            #expect(try await values(of: number) == (1...count).map { Double("0.\($0)") })
        }
        #expect(try await autolora.run("verify", "lab").code == 0)
    }

    @Test func `Ctrl-C is heard while a trial prints faster than reports are recorded, and nothing is lost by it`() async throws
    {
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            run_cap: 1
            trainer: {type: command, command: [python3, train.py]}
            parameters: {x: {min: 0.0, max: 1.0}}
            """, to: "space.yaml")
        _ = try temporary.write(
            """
            import os
            if os.environ.get("AUTOLORA_RESUME_FROM"): raise SystemExit
            for i in range(1, 3001): print('{"step": %d, "score": %d}' % (i, i), flush=True)
            os.makedirs(os.environ["AUTOLORA_TRIAL_DIR"] + "/checkpoint/done")
            open("printed", "w").close()
            import time; time.sleep(600)
            """, to: "train.py")
        let process = try autolora.start(["run", "space.yaml", "--quiet"])
        try await eventually { temporary.read("printed") != nil }
        process.signal(SIGINT)
        #expect(try await eventually { !process.isRunning })
        process.signal(SIGKILL)
        #expect(try await autolora.wait(for: process).code == 130)
        #expect(try await autolora.run("resume", "lab", "--quiet").code == 0)
        #expect(try await reports().compactMap { $0["step"] as? Int } == Array(1...3000))
    }

    @Test func `a controller takes none of its own supervisors for a leftover`() async throws {
        let result = try await run(
            "echo '{\"score\": 1}'; sleep 0.1", metric: "{name: score, goal: maximize}", extra: "workers: 24", cap: 72)
        #expect(result.code == 0, "\(result.errors)")
    }

    @Test func `an evaluation that is told of twice is one report, and its save is left in peace`() async throws {
        let script = #"""
            i=0
            [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
            while [ $i -lt 9 ]; do
              i=$((i + 1)); echo "{\"step\": $i, \"score\": 0.${i}1239}"; echo "{'score': '0.${i}124', 'epoch': $i}"
              sleep 0.05
              mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"; echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
              [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
            done
            """#
        let result = try await run(
            script, metric: "{name: score, goal: maximize}",
            extra: "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}", cap: 6)
        #expect(result.code == 0, "\(result.errors)")
        let trials = try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]] ?? []
        #expect(trials.contains { ($0["launches"] as? Int ?? 0) > 1 })
        for trial in trials {
            let reports = trial["reports"] as? [[String: Any]] ?? []
            #expect(reports.compactMap { $0["step"] as? Int } == Array(1...reports.count))
            #expect(
                reports.compactMap { ($0["metrics"] as? [String: Double])?["epoch"] } == (1...reports.count).map(Double.init))
            // It was never ended amid its save: it went on from its checkpoint each time.
            #expect([1, 3, 9].contains(reports.count))
        }
    }

    @Test func `Python's output comes at once, and a program that keeps its own back is found out`() async throws {
        let metric = "{name: score, goal: maximize}"
        #expect(try await run(#"echo "{'score': $PYTHONUNBUFFERED}""#, metric: metric).code == 0)
        #expect(try await values() == [1])
        try FileManager.default.removeItem(atPath: temporary.path + "/studies")
        _ = try temporary.write("import time\nfor i in range(4):\n  print({'score': i})\n  time.sleep(0.4)\n", to: "train.py")
        let kept = try await run("exec python3 train.py", metric: metric, environment: ["PYTHONUNBUFFERED": ""])
        let word = /4 reports came at one instant after \d+ s without any: a program that keeps its output back/
        #expect(kept.errors.contains(word), "\(kept.errors)")
        #expect(try await values() == [0, 1, 2, 3])
    }
}
