import Foundation
import TestSupport
import Testing

/// A failure says why, wherever it is shown; what a trial printed can be had again.
@Suite(.timeLimit(.minutes(5))) struct FailureMessageTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}
            trainer: {type: command, command: [sh, train.sh, "${args_no_hyphens}"]}
            parameters:
              n: {values: [0, 1, 2]}

            """, to: "space.yaml")
    }

    private func run(_ script: String) async throws -> Autolora.Result {
        _ = try temporary.write("n=${1#n=}\n" + script, to: "train.sh")
        return try await autolora.run("run", "space.yaml")
    }

    @Test func `why a trial failed stands in the run's line, in trials, in status, and in every export of them`() async throws {
        let run = try await run(
            """
            echo "{\\"score\\": 0.$n}"
            [ $n = 1 ] && printf 'Traceback (most recent call last):\\n  raise x\\nValueError: lr is too high\\nbye\\n' >&2 && exit 1
            exit 0
            """)
        let error = "ended with exit code 1: ValueError: lr is too high"
        let log = "studies/lab/trials/1/log.txt"
        #expect(run.code == 0)
        #expect(run.errors.contains("trial 1 failed after report 1: \(error) (log: \(log))"), "\(run.errors)")
        #expect(run.output.contains("    1  failed"), "\(run.output)")
        #expect(run.output.contains("trial 1: \(error) (log: \(log))"), "\(run.output)")
        #expect(try await autolora.run("trials", "lab").output.contains("trial 1: \(error) (log: \(log))\n"))
        #expect(try await autolora.run("status", "lab").output.contains("failed    trial 1: \(error) (log: \(log))\n"))
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect(trials[1]["error"] as? String == error)
        #expect((trials[1]["log"] as? String)?.hasSuffix("/" + log) == true)
        let status = try #require(try await autolora.run("status", "lab", "--json").json() as? [String: Any])
        #expect((status["failures"] as? [[String: Any]])?.first?["error"] as? String == error)
        let csv = try await autolora.run("trials", "lab", "--csv").output.split(separator: "\n")
        #expect(csv[0].hasSuffix(",error,log") && csv[2].contains("\(error),/") && csv[2].hasSuffix(log))
    }

    @Test func `log prints what a trial printed, and names what is not there`() async throws {
        _ = try await run("echo \"{\\\"score\\\": 0.$n}\"; echo oops >&2")
        let log = try await autolora.run("log", "lab", "2")
        #expect(log.code == 0)
        #expect(log.output.contains("{\"score\": 0.2}\n") && log.output.contains("oops\n"))
        #expect(try await autolora.run("log", "lab", "2", "--follow").output == log.output)
        let missing = try await autolora.run("log", "lab", "3")
        #expect(missing.code == 2 && missing.errors == "autolora: study 'lab' has no trial 3; it has 3, from 0\n")
    }

    @Test func `log --follow prints to the trial's end`() async throws {
        _ = try temporary.write(
            "echo first; while [ ! -e open ]; do sleep 0.05; done; echo last; echo '{\"score\": 1}'", to: "train.sh")
        let run = try autolora.start(["run", "space.yaml", "--trials", "1"])
        while temporary.read("studies/lab/trials/0/log.txt") != "first\n" { try await Task.sleep(for: .milliseconds(20)) }
        let follower = try autolora.start(["log", "lab", "0", "--follow"])
        while follower.printed.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        _ = try temporary.write("", to: "open")
        #expect(try await autolora.wait(for: follower).output == "first\nlast\n{\"score\": 1}\n")
        #expect(try await autolora.wait(for: run).code == 0)
    }

    /// It makes three reports whatever it is told, without a checkpoint; the second rung is after the third.
    @Test func `a program that ran to its own end just at a rung is complete`() async throws {
        _ = try temporary.write(
            (temporary.read("space.yaml") ?? "").replacing("min_iter: 1", with: "min_iter: 3"), to: "space.yaml")
        let run = try await run("for i in 1 2 3; do echo \"{\\\"step\\\": $i, \\\"score\\\": 0.$n$i}\"; done")
        #expect(run.code == 0)
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect(trials.map { $0["state"] as? String } == ["complete", "complete", "complete"], "\(run.errors)")
        #expect(!run.output.contains("never trained to its end"))
    }

    @Test func `a winner that waits at a rung is trained to its end`() async throws {
        _ = try temporary.write(
            "n=${1#n=}; mkdir $AUTOLORA_TRIAL_DIR/checkpoint; echo > $AUTOLORA_TRIAL_DIR/checkpoint/x; echo \"{\\\"score\\\": 0.$n}\"",
            to: "train.sh")
        let run = try await autolora.run("run", "space.yaml", "--trials", "2")
        #expect(run.code == 0 && !run.output.contains("never trained to its end"), "\(run.output)\(run.errors)")
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect(trials.map { $0["launches"] as? Int } == [1, 2] && trials[1]["state"] as? String == "complete", "\(trials)")
        let best = try #require(try await autolora.run("best", "lab", "--json").json() as? [String: Any])
        #expect(best["trial"] as? Int == 1 && best["note"] == nil, "\(best)")
    }

    @Test func `an exported command study says how the winner was started, without what may be secret`() async throws {
        _ = try temporary.write(
            (temporary.read("space.yaml") ?? "").replacing(
                #""${args_no_hyphens}"]"#, with: #""${args_no_hyphens}", "--key=${envvar:AUTOLORA_TESTS_SECRET}"]"#),
            to: "space.yaml")
        _ = try temporary.write("echo \"{\\\"score\\\": 0.${1#n=}}\"", to: "train.sh")
        let run = try await autolora.run("run", "space.yaml", environment: ["AUTOLORA_TESTS_SECRET": "hush"])
        #expect(run.code == 0, "\(run.errors)")
        for format in ["json", "yaml"] {
            let export = try await autolora.run("export", "lab", "--format", format, "--output", "best.\(format)")
            #expect(export.code == 0, "\(export.errors)")
        }
        let best = try JSONSerialization.jsonObject(with: Data((temporary.read("best.json") ?? "").utf8)) as? [String: Any]
        #expect(best?["n"] as? Int == 2)
        let launch = try #require(best?["autolora"] as? [String: Any])
        #expect(launch["command"] as? [String] == ["sh", "train.sh", "n=2", "--key=${envvar:AUTOLORA_TESTS_SECRET}"])
        #expect((launch["folder"] as? String)?.hasSuffix(temporary.path) == true)
        let environment = try #require(launch["environment"] as? [String: String])
        #expect(environment["AUTOLORA_TRIAL"] == "2" && environment["AUTOLORA_STOP_AFTER"] == nil)
        #expect(environment["AUTOLORA_TRIAL_DIR"]?.hasSuffix("studies/lab/trials/2") == true)
        #expect(temporary.read("best.yaml")?.contains("command:") == true)
        for file in ["best.json", "best.yaml", "studies/lab/trials/2/config.json"] {
            #expect(temporary.read(file)?.contains("hush") == false)
        }
    }

    @Test func `a value that is no finite number is warned of and never wins`() async throws {
        let run = try await run(
            "[ $n = 0 ] && v=Infinity || v=0.$n; [ $n = 2 ] && echo '{\"score\": 0.9}' && v=NaN; echo \"{\\\"score\\\": $v}\"")
        #expect(run.code == 0)
        #expect(
            run.errors.contains("trial 0 report 1: warning: score is inf, no finite number: it never wins"), "\(run.errors)")
        let best = try #require(try await autolora.run("best", "lab", "--json").json() as? [String: Any])
        #expect(best["value"] as? Double == 0.9)
        #expect(try await autolora.run("trials", "lab").output.contains("    0  complete    inf"), "\(run.errors)")
        #expect(
            ((try await autolora.run("status", "lab", "--json").json() as? [String: Any])?["best"] as? [String: Any])?["value"]
                as? Double == 0.9)
    }
}
