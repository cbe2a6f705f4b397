import Foundation
import TestSupport
import Testing

/// The commands that steer a study, from a second terminal.
@Suite(.timeLimit(.minutes(5))) struct SteeringTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(
            #"""
            x=${1#--x=}; i=0
            [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
            while [ "$i" -lt 30 ]; do
              i=$((i + 1)); echo "{\"step\": $i, \"score\": 0.$x}"; sleep ${DELAY:-0}
              mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"; echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
            done
            """#, to: "train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: random
            run_cap: 3
            seed: 2
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {min: 10, max: 99}}

            """, to: "space.yaml")
    }

    private func start() async throws -> ChildProcess {
        // Long beside the commands, however busy the machine is.
        let process = try autolora.start(["run", "space.yaml"], environment: ["DELAY": "1"])
        try await wait { status in (status["reports"] as? Int ?? 0) > 0 }
        return process
    }

    private func status() async throws -> [String: Any] {
        try await autolora.run("status", "lab", "--json").json() as? [String: Any] ?? [:]
    }

    private func wait(until isSo: ([String: Any]) -> Bool) async throws {
        while true {
            if let status = try? await status(), isSo(status) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func trials() async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
    }

    @Test
    func `from a second terminal, a study is pruned, added to, noted on and stopped, and each answer says how to undo it`()
        async throws
    {
        let process = try await start()
        let enqueued = try await autolora.run("enqueue", "lab", "--set", "x=50")
        #expect(
            enqueued.output == """
                request 1, enqueue x=50: a worker that is free tries it next
                undo: autolora enqueue lab --remove 1, as long as it has not been started

                """)
        let pruned = try await autolora.run("prune", "lab", "0", "--reason", "too slow")
        #expect(pruned.code == 0 && pruned.errors.isEmpty)
        #expect(
            pruned.output
                == "request 2, prune trial 0 (too slow): its process is being ended; that cannot be undone, its reports and its adapter stay\n"
        )
        let outside = try await autolora.run("enqueue", "lab", "--set", "x=100")
        #expect(outside.code == 2 && outside.output.isEmpty)
        #expect(
            outside.errors == "autolora: request 3, enqueue x=100: refused: x is never 100; the nearest that is allowed: 99\n")
        let noted = try await autolora.run("note", "lab", "0", "was slow")
        #expect(noted.output.hasSuffix("undo: autolora note lab --remove 4\n"))
        #expect(try await autolora.run("tag", "lab", "0", "slow").output.hasSuffix("undo: autolora tag lab 0 slow --remove\n"))
        let workers = try await autolora.run("workers", "lab", "2", "--json").json() as? [String: Any]
        #expect(workers?["state"] as? String == "done" && workers?["answer"] as? String == "it was 1")
        try await wait { ($0["trials"] as? [String: Int])?["total"] == 3 }
        let stopped = try await autolora.run("stop", "lab")
        #expect(stopped.code == 0 && stopped.output.hasSuffix("undo: autolora resume lab\n"))
        let run = try await autolora.wait(for: process)
        #expect(run.code == 130)
        #expect(run.errors.contains("request 2, prune trial 0 (too slow): its process is being ended"))
        #expect(run.errors.contains("trial 0 pruned after report"))

        let rows = try await trials()
        #expect(rows.map { $0["state"] as? String } == ["pruned", "waiting", "waiting"])
        #expect(rows[0]["error"] as? String == "pruned by request 2: too slow" && rows[0]["pruned_by"] as? Int == 2)
        #expect(rows[0]["tags"] as? [String] == ["slow"])
        #expect((rows[0]["notes"] as? [[String: Any]])?.first?["text"] as? String == "was slow")
        #expect(rows[1]["enqueued_by"] as? Int == 1 && (rows[1]["parameters"] as? [String: Int]) == ["x": 50])
        let table = try await autolora.run("trials", "lab").output
        #expect(table.contains("trial 0: note 4: was slow") && table.contains("  slow "))

        let resumed = try await autolora.run("resume", "lab", "--quiet")
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try await trials().map { $0["state"] as? String } == ["pruned", "complete", "complete"])
        let verified = try await autolora.run("verify", "lab", "--replay")
        #expect(verified.code == 0, "\(verified.output)")
    }

    private let long = String(repeating: "x", count: 100_000)

    @Test func `a study at rest takes what can wait, shows it, and tries it when it is resumed`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--trials", "1", "--quiet").code == 0)
        let enqueued =
            try await autolora.run("enqueue", "lab", "--clone", "0", "--set", "x=77", "--json").json() as? [String: Any]
        #expect(enqueued?["state"] as? String == "done" && enqueued?["parameters"] as? [String: Int] == ["x": 77])
        _ = try await autolora.run("note", "lab", "to go on with")
        _ = try await autolora.run("tag", "lab", "kept")
        let status = try await status()
        #expect((status["queued"] as? [[String: Any]])?.first?["request"] as? Int == 1)
        #expect(status["tags"] as? [String] == ["kept"] && (status["notes"] as? [Any])?.count == 1)
        let text = try await autolora.run("status", "lab").output
        #expect(text.contains("queued    request 1: x=77\n") && text.contains("note 2    to go on with\n"))
        #expect(text.contains("tags      kept\n"))
        for (words, reason) in [
            (["stop", "lab"], "nobody runs the study; there is nothing to stop"),
            (["prune", "lab", "0"], "nobody runs the study; resume it, then ask again"),
            (["workers", "lab", "2"], "nobody runs the study; resume it with --workers 2"),
        ] {
            let refused = try await autolora.wait(for: try autolora.start(words))
            #expect(refused.code == 2 && refused.errors.hasSuffix("refused: \(reason)\n"), "\(refused.errors)")
        }
        #expect(try await autolora.run("resume", "lab", "--trials", "2", "--quiet").code == 0)
        let rows = try await trials()
        #expect(rows.count == 2 && rows[1]["parameters"] as? [String: Int] == ["x": 77])
        let best = try #require(try await autolora.run("best", "lab", "--json").json() as? [String: Any])
        #expect(best["trial"] as? Int == 1)
        #expect(try await autolora.run("tag", "lab", "1", "winner").code == 0)
        #expect(try await autolora.run("best", "lab").output.contains("tags      winner\n"))

        #expect(try await autolora.run("tag", "lab", "1").output == "7  trial 1  winner\n", "a lone number is a trial's")
        for words in [
            ["note", "lab", "0"], ["note", "lab", "77"], ["enqueue", "lab", "--clone", "77"], ["note", "lab", long],
        ] {
            let result = try await autolora.wait(for: try autolora.start(words))
            let wanted = [
                "note lab 0": "trial 0 has no notes; `autolora note lab 0 TEXT` puts one on it\n",
                "note lab 77": "study 'lab' has no trial 77; it has 2, from 0\n",
                "enqueue lab --clone 77": "enqueue trial 77's configuration: refused: there is no trial 77 to clone\n",
            ][words.joined(separator: " ")]
            #expect(wanted.map(result.errors.hasSuffix) ?? (result.errors.utf8.count < 1000), "\(result.errors.prefix(2000))")
        }
        let tags = try await autolora.run("tag", "lab")
        #expect(tags.output == "3  study  kept\n7  trial 1  winner\n")
        let gone = try await autolora.run("tag", "lab", "kept", "--remove")
        #expect(gone.code == 0 && gone.output.hasSuffix("undo: autolora tag lab kept\n"))
        #expect(try await autolora.run("note", "lab", "--remove", "2").code == 0)
        #expect(try await autolora.run("note", "lab").output == "no notes\n")
        let missing = try await autolora.run("tag", "lab", "kept", "--remove")
        #expect(missing.errors == "autolora: study 'lab' has no tag 'kept'; it has: none\n")
        #expect(try await autolora.run("verify", "lab", "--replay").code == 0)
    }

    @Test func `what somebody asks is shown to whoever follows the study`() async throws {
        let process = try await start()
        let watch = try autolora.start(["status", "lab", "--watch"])
        try #require(await eventually { !watch.printed.isEmpty })
        #expect(try await autolora.run("note", "lab", "seen").code == 0)
        try #require(await eventually { watch.printed.contains("request 1") })
        #expect(try await autolora.run("stop", "lab").code == 0)
        _ = try await autolora.wait(for: process)
        let seen = try await autolora.wait(for: watch)
        #expect(seen.output.contains("request 1, note on the study: seen: noted\n"), "\(seen.output)")
    }

    @Test(arguments: [
        (["enqueue", "lab"], "give --set name=value, or --clone TRIAL"),
        (["enqueue", "lab", "--remove", "1", "--clone", "0"], "--remove goes without --set and --clone"),
        (["note", "lab", "x", "text"], "'x' is no trial's number; trials are numbered from 0"),
        (["note", "lab", "0", "a", "text"], "quote a text of several words"),
        (["tag", "lab", "--remove"], "--remove: say which tag, and of which trial"),
        (["enqueue", "lab", "--set", "x"], "--set x: write name=value, such as r=8"),
    ]) func `what cannot be meant is refused as wrong usage`(words: [String], problem: String) async throws {
        let result = try await autolora.wait(for: try autolora.start(words))
        #expect(result.code == 64 && result.errors.contains(problem), "\(result.code) \(result.errors)")
    }
}
