import Foundation
import TestSupport
import Testing

/// How confirmations end that come to nothing, or not to their end.
@Suite(.timeLimit(.minutes(5))) struct ConfirmationEndTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    /// One report; with BROKEN every seed but the study's own fails. It keeps a journal; with GATE its fifth trial waits for a file.
    private static let trainer = #"""
        x=0; for word in "$@"; do case $word in --x=*) x=${word#--x=};; esac; done
        echo "$AUTOLORA_TRIAL $x $AUTOLORA_SEED" >> "$JOURNAL"
        [ -n "$SLOW" ] && sleep "$SLOW"
        while [ -n "$GATE" ] && [ "$(wc -l < "$JOURNAL")" -eq 5 ] && [ ! -e "$GATE" ]; do sleep 0.05; done
        [ -n "$BROKEN" ] && [ "$AUTOLORA_SEED" != 3 ] && exit 5
        echo "{\"step\": 1, \"score\": 0.$((90 - x))$(( (AUTOLORA_SEED * 7 + x * 3) % 5 ))}"
        """#

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(Self.trainer, to: "train.sh")
    }

    private func write(_ more: String, metric: String = "{name: score, goal: maximize}") throws {
        _ = try temporary.write(
            """
            name: lab
            metric: \(metric)
            method: grid
            seed: 3
            workers: 1
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {values: [1, 2, 3, 4, 5, 6]}}
            \(more)

            """, to: "space.yaml")
    }

    private var journal: [String] { (temporary.read("journal") ?? "").split(separator: "\n").map(String.init) }

    private func run(_ words: String..., environment: [String: String] = [:]) async throws -> Autolora.Result {
        let all = ["JOURNAL": temporary.path + "/journal"].merging(environment) { $1 }
        return try await autolora.wait(for: autolora.start(words, environment: all))
    }

    @Test func `a confirmation that chose nothing is told of by every command, and ends with 1`() async throws {
        try write("confirm: {top: 2, seeds: 2, baseline: none}")
        let first = try await run("run", "space.yaml", environment: ["BROKEN": "1"])
        #expect(first.code == 1, "\(first.errors)")
        #expect(first.output.contains("best: trial 0") && first.output.contains("nothing is chosen"), "\(first.output)")
        let words = "what failed is tried again by autolora confirm lab, others with --top 4"
        for command in ["best", "status"] {
            let shown = try await run(command, "lab")
            #expect(shown.code == 0 && shown.output.contains("nothing is chosen") && shown.output.contains(words))
            #expect(shown.output.contains("seed 4: it failed"), "\(shown.output)")
        }
        let json = try #require(try await run("best", "lab", "--json").json() as? [String: Any])
        #expect((json["confirmation"] as? [String: Any])?["verdict"] as? String == "nothing_chosen")
        #expect(try await run("status", "lab", "--watch").code == 1)
        // Nothing is made again, and it still stands as it does.
        let launched = journal.count
        #expect(try await run("resume", "lab").code == 1 && journal.count == launched)
        let asked = try await run("confirm", "lab", "--json", environment: ["BROKEN": "1"])
        let verdict = try #require(try asked.json() as? [String: Any])
        #expect(asked.code == 1 && verdict["chosen"] is NSNull)
        // What failed is tried again.
        let mended = try await run("confirm", "lab")
        #expect(mended.code == 0 && mended.output.contains("chosen: trial 0"), "\(mended.output)\(mended.errors)")
    }

    @Test func `a baseline that the search will not have is refused before anything runs`() async throws {
        try write("confirm: {baseline: 99, seeds: 2}")
        for verb in ["check", "run"] {
            let result = try await run(verb, "space.yaml")
            #expect(result.code == 2, "\(result.errors)")
            #expect(
                result.errors.contains(
                    "space.yaml:8:10: confirm: the baseline is trial 99, and the study has 6 trials, from 0"),
                "\(result.errors)")
        }
        try write("confirm: {baseline: 3, seeds: 2}")
        #expect(try await run("check", "space.yaml").code == 0)
        let fewer = try await run("run", "space.yaml", "--trials", "3")
        #expect(fewer.code == 2 && fewer.errors.contains("the study has 3 trials, from 0"))
        #expect(journal.isEmpty)
    }

    @Test func `resume refuses a baseline that a smaller total leaves out, before anything runs`() async throws {
        try write("confirm: {baseline: 5, seeds: 2}")
        let part = try await run("run", "space.yaml", "--time", "4s", "--quiet", environment: ["SLOW": "60"])
        #expect(part.code == 0, "\(part.errors)")
        let launched = journal
        let fewer = try await run("resume", "lab", "--trials", "3")
        #expect(fewer.code == 2 && journal == launched, "\(fewer.errors)")
        #expect(
            fewer.errors.contains(
                "space.yaml:8:10: confirm: the baseline is trial 5, and the study has 3 trials, from 0"), "\(fewer.errors)")
        #expect(fewer.errors.contains("give it --trials 6 or more, or another baseline"), "\(fewer.errors)")
        // Nothing of it is kept.
        let whole = try await run("resume", "lab", "--quiet")
        #expect(whole.code == 0 && whole.output.contains("chosen: trial"), "\(whole.errors)")
    }

    @Test func `a baseline that the search did not come to is said at the end, and later`() async throws {
        try write("confirm: {baseline: 5, seeds: 2}", metric: "{name: score, goal: maximize, target: 0.5}")
        let result = try await run("run", "space.yaml")
        #expect(result.code == 1)
        #expect(
            result.errors.contains("nothing was confirmed: the baseline: the search has no trial 5; it has 1, from 0"),
            "\(result.errors)")
        let words = "asks for a confirmation, and there is none: the baseline: the search has no trial 5"
        for command in ["best", "status"] {
            let shown = try await run(command, "lab").output
            #expect(shown.contains(words) && shown.contains("make it: autolora confirm lab --baseline default"), "\(shown)")
        }
        #expect(try await run("confirm", "lab", "--baseline", "default", "--seeds", "2").code == 0)
        #expect(try await !run("best", "lab").output.contains(words))
    }

    @Test func `confirm takes no baseline of the wrong kind`() async throws {
        try write("")
        #expect(try await run("run", "space.yaml", "--quiet", "--trials", "2").code == 0)
        for (text, problem) in [
            ("", "--baseline: found nothing, expected default, none, a trial's number"),
            ("x=", "--baseline x=: found nothing, expected a value like 1, 2, 3, 4 for x"),
            ("x=many", "--baseline x=many: found the text 'many', expected a value like 1, 2, 3, 4 for x"),
        ] {
            let result = try await run("confirm", "lab", "--baseline", text)
            #expect(result.code == 2 && result.errors.contains(problem), "\(text): \(result.errors)")
        }
        #expect(journal.count == 2)
    }

    @Test func `how many were asked for is remembered, though there were fewer`() async throws {
        try write("")
        #expect(try await run("run", "space.yaml", "--quiet", "--trials", "2").code == 0)
        let first = try await run("confirm", "lab", "--top", "3", "--seeds", "2", "--baseline", "none", "--json")
        #expect(((try first.json() as? [String: Any])?["candidates"] as? [Any])?.count == 2)
        #expect(try await run("resume", "lab", "--trials", "5", "--quiet").code == 0)
        // The choice is no longer one among all, and that is said.
        let best = try await run("best", "lab").output
        #expect(best.contains("the search has gone on since") && best.contains("not confirmed"), "\(best)")
        let status = try await run("status", "lab").output
        #expect(status.contains("confirm again: autolora confirm lab"), "\(status)")
        let again = try await run("confirm", "lab", "--json")
        #expect(((try again.json() as? [String: Any])?["candidates"] as? [Any])?.count == 3)
    }

    @Test func `where time is up the verdict so far is printed as JSON, and it goes on later`() async throws {
        try write("time_cap: 20s")
        #expect(try await run("run", "space.yaml", "--quiet", "--trials", "2").code == 0)
        let words = ["confirm", "lab", "--top", "1", "--seeds", "2", "--baseline", "none"]
        let process = try autolora.start(
            words + ["--json"], environment: ["JOURNAL": temporary.path + "/journal", "SLOW": "60"])
        let result = try await autolora.wait(for: process)
        #expect(result.code == 0 && result.errors.contains("time is up"), "\(result.errors)")
        let verdict = try #require(try result.json() as? [String: Any])
        #expect(verdict["state"] as? String == "unfinished" && verdict["chosen"] is NSNull)
        #expect((verdict["trials"] as? [String: Int]) == ["ended": 0, "expected": 2])
        let rest = try await run("confirm", "lab", "--json")
        let end = try #require(try rest.json() as? [String: Any])
        #expect(rest.code == 0 && end["state"] as? String == "finished")
    }

    @Test func `while it runs, status and best tell how far it is`() async throws {
        try write("")
        #expect(try await run("run", "space.yaml", "--quiet", "--trials", "3").code == 0)
        let process = try autolora.start(
            ["confirm", "lab", "--top", "2", "--seeds", "3"],
            environment: ["JOURNAL": temporary.path + "/journal", "GATE": temporary.path + "/open"])
        while process.isRunning, journal.count < 5 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(process.isRunning)
        let (status, best) = (try await run("status", "lab").output, try await run("best", "lab").output)
        #expect(status.contains("confirm   not finished: 1 of up to 9 trials"), "\(status)")
        #expect(status.contains("so far trial 0 leads"), "\(status)")
        #expect(best.contains("not confirmed\n") && best.contains("leads so far"), "\(best)")
        #expect(!best.contains("go on: autolora confirm"), "somebody does")
        _ = try temporary.write("", to: "open")
        let end = try await autolora.wait(for: process)
        #expect(end.code == 0, "\(end.errors)")
        #expect(end.errors.contains(" (confirmation: 1 of up to 9 trials, about "), "\(end.errors)")
    }
}
