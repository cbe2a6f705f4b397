import Foundation
import TestSupport
import Testing

/// `autolora confirm`, and what shows what has come of it.
@Suite(.timeLimit(.minutes(5))) struct ConfirmTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    /// Four reports; the first three values of x are close to each other, the seed moves all reports of a trial. It keeps a journal.
    private static let trainer = #"""
        x=0; for word in "$@"; do case $word in --x=*) x=${word#--x=};; esac; done
        echo "$AUTOLORA_TRIAL $x $AUTOLORA_SEED" >> "$JOURNAL"
        [ -n "$SLOW" ] && sleep "$SLOW"
        noise=$(( (AUTOLORA_SEED * 7 + x * 3) % 5 ))
        level=$(( x > 2 ? 90 - x : 50 + x ))
        i=0
        while [ $i -lt 4 ]; do
          i=$((i + 1)); echo "{\"step\": $i, \"score\": 0.$level$i$noise, \"trainable_parameters\": $((1000 - x))}"
        done
        """#

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(Self.trainer, to: "train.sh")
        try write("")
    }

    private func write(_ more: String, command: String = #"[sh, train.sh, "${args}"]"#) throws {
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            seed: 3
            workers: 2
            trainer: {type: command, command: \(command)}
            parameters: {x: {values: [1, 2, 3, 4, 5, 6]}}
            \(more)

            """, to: "space.yaml")
    }

    private var environment: [String: String] { ["JOURNAL": temporary.path + "/journal"] }

    private func object(_ words: String...) async throws -> [String: Any] {
        let result = try await autolora.wait(for: autolora.start(words, environment: environment))
        #expect(result.code == 0, "\(words): \(result.errors)")
        return try #require(try result.json() as? [String: Any])
    }

    private var journal: [String] { (temporary.read("journal") ?? "").split(separator: "\n").map(String.init) }

    @Test func `a study with confirm in its file ends with a verdict, and every command shows it`() async throws {
        try write("confirm: {top: 3, seeds: 4}")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.output.contains("confirmation        the best 3 with 4 seeds each, beside the trainer's own defaults"))
        #expect(check.output.contains("confirmation      at most 16 trials more, in full"))
        let run = try await autolora.run("run", "space.yaml", environment: environment)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("the search is over: 4 configurations are confirmed, with up to 4 seeds each"))
        #expect(run.output.contains("90 % interval") && run.output.contains("chosen: trial"))
        let best = try await object("best", "lab", "--json")
        let confirmation = try #require(best["confirmation"] as? [String: Any])
        let chosen = try #require(confirmation["trial"] as? Int)
        #expect(chosen < 6 && (best["trial"] as? Int ?? 0) >= 6)
        #expect(confirmation["seeds"] as? Int == 4 && (confirmation["interval"] as? [Double])?.count == 2)
        let baseline = try #require(confirmation["baseline"] as? [String: Any])
        #expect(baseline["tied"] as? Bool == false && baseline["beaten"] as? Double ?? 0 > 0.99)
        // Those that were searched keep their numbers; the others say what they are for.
        let trials = try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]]
        #expect(trials?.count { $0["purpose"] as? String == "search" } == 6)
        #expect(trials?.allSatisfy { ($0["purpose"] as? String == "confirm") == ($0["seed"] != nil) } == true)
        let status = try await object("status", "lab", "--json")
        #expect((status["trials"] as? [String: Int])?["total"] == 6 && status["state"] as? String == "finished")
        #expect((status["confirmations"] as? [String: Int])?["complete"] == (trials?.count ?? 0) - 6)
        for command in ["status", "best", "trials"] {
            let shown = try await autolora.run(command, "lab").output
            #expect(shown.contains(command == "trials" ? "confirms" : "trial \(chosen)"), "\(shown)")
        }
        let csv = try await autolora.run("trials", "lab", "--csv").output
        #expect(csv.split(separator: "\n").first?.contains(",purpose,confirms,seed,") == true)
        let export = try await autolora.run("export", "lab", "--format", "json", "--output", "best.json")
        #expect(export.errors.contains("is the best seed of the confirmed choice, trial \(chosen)"))
        let whole = try await autolora.run("verify", "lab", "--replay")
        #expect(whole.code == 0 && whole.output.contains("6 trials and"), "\(whole.output)\(whole.errors)")
    }

    @Test func `confirm goes on where it is asked for more, and repeats nothing`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--quiet", environment: environment).code == 0)
        #expect(journal.count == 6)
        let first = try await object("confirm", "lab", "--top", "2", "--seeds", "2", "--json")
        #expect(first["state"] as? String == "finished" && (first["candidates"] as? [Any])?.count == 3)
        #expect(journal.count == 12)
        let same = try await object("confirm", "lab", "--json")
        #expect(NSDictionary(dictionary: same) == NSDictionary(dictionary: first) && journal.count == 12)
        let more = try await object("confirm", "lab", "--seeds", "4", "--json")
        let candidates = try #require(more["candidates"] as? [[String: Any]])
        #expect((candidates.first?["seeds"] as? [Int]) == [4, 5, 6, 7])
        #expect(Set(journal).count == journal.count)
        let other = try await object("confirm", "lab", "--baseline", "x=2", "--json")
        let baseline = try #require((other["candidates"] as? [[String: Any]])?.last)
        #expect(baseline["baseline"] as? Bool == true && (baseline["parameters"] as? [String: Int]) == ["x": 2])
    }

    @Test func `killed with -9 in the middle, it repeats nothing and comes to the same verdict`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--quiet", environment: environment).code == 0)
        _ = try FileManager.default.copyItem(
            atPath: temporary.path + "/studies", toPath: temporary.path + "/calm")
        let calm = try await object("confirm", "lab", "--studies", "calm", "--json")
        let before = journal.count
        var kills = 0
        for (round, command) in [["confirm", "lab"], ["resume", "lab"], ["confirm", "lab"]].enumerated() {
            let process = try autolora.start(
                command + ["--quiet"], environment: environment.merging(["SLOW": "1"]) { $1 })
            // Once it has launched some more.
            let mark = journal.count
            while process.isRunning, journal.count < mark + 2 + round { try await Task.sleep(for: .milliseconds(5)) }
            if process.isRunning { kills += 1 }
            process.signal(SIGKILL)
            _ = try await autolora.wait(for: process)
        }
        #expect(kills == 3)
        let status = try await object("status", "lab", "--json")
        #expect(status["state"] as? String == "interrupted")
        let resumed = try await autolora.run("resume", "lab", environment: environment)
        #expect(resumed.code == 0, "\(resumed.errors)")
        let end = try await object("confirm", "lab", "--json")
        #expect(NSDictionary(dictionary: end) == NSDictionary(dictionary: calm))
        // Each seed of each configuration has one trial; one that was killed was launched again under its number.
        let launched = Set(journal.dropFirst(before))
        let pairs = launched.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        #expect(Set(pairs).count == launched.count, "\(launched.sorted())")
    }

    @Test func `a study whose program takes no seed is told that it cannot be confirmed, and why`() async throws {
        _ = try temporary.write(#"echo '{"score": 0.5}'"#, to: "blind.sh")
        let command = #"[sh, blind.sh, "${args}"]"#
        try write("confirm: {seeds: 3}", command: command)
        for verb in ["check", "run"] {
            let result = try await autolora.run(verb, "space.yaml")
            #expect(result.code == 2)
            #expect(
                result.errors.contains(
                    "confirm: this study cannot be confirmed: its command takes no seed, so that every seed would"
                        + " train the same; let the program read AUTOLORA_SEED"), "\(result.errors)")
        }
        try write("", command: command)
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        let result = try await autolora.run("confirm", "lab")
        #expect(result.code == 2 && result.errors.contains("study 'lab' cannot be confirmed: its command takes no seed"))
        try write("", command: #"[sh, blind.sh, --seed, "${envvar:AUTOLORA_SEED}", "${args}"]"#)
        #expect(try await autolora.run("check", "space.yaml").code == 0)
    }

    @Test func `what cannot be meant is refused with a word`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--quiet", "--trials", "2", environment: environment).code == 0)
        for (words, problem) in [
            (["--seeds", "1"], "--seeds: found 1, expected 2 to 100"), (["--top", "0"], "--top: found 0, expected 1 to 100"),
            (["--top", "101"], "--top: found 101"), (["--seeds", "101"], "--seeds: found 101"),
            (["--top", "40", "--seeds", "30"], "--top and --seeds: 40 configurations with 30 seeds each are 1200 trials"),
            (["--baseline", "y=1"], "--baseline y=1: unknown parameter 'y'"),
            (["--baseline", "9"], "the search has no trial 9"), (["--baseline", "defalt"], "did you mean 'default'?"),
        ] {
            let result = try await autolora.wait(for: autolora.start(["confirm", "lab"] + words, environment: environment))
            #expect(result.code == 2 || result.code == 64, "\(words)")
            #expect(result.errors.contains(problem), "\(words): \(result.errors)")
        }
        #expect(journal.count == 2)
    }

    @Test func `a study that is not finished is not confirmed`() async throws {
        let process = try autolora.start(
            ["run", "space.yaml", "--quiet"], environment: environment.merging(["SLOW": "2"]) { $1 })
        while process.isRunning, journal.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        process.signal(SIGKILL)
        _ = try await autolora.wait(for: process)
        let result = try await autolora.run("confirm", "lab", environment: environment)
        #expect(result.code == 2)
        #expect(result.errors.contains("study 'lab' is not finished: first autolora resume lab"), "\(result.errors)")
    }

    @Test func `a failed baseline is told, and made again where it is asked for`() async throws {
        _ = try temporary.write("[ $# = 0 ] && [ ! -e mended ] && exit 4\n" + Self.trainer, to: "train.sh")
        #expect(try await autolora.run("run", "space.yaml", "--quiet", environment: environment).code == 0)
        let result = try await autolora.run("confirm", "lab", "--top", "2", "--seeds", "2", environment: environment)
        #expect(result.code == 0 && result.output.contains("has come to nothing: trial"), "\(result.output)")
        _ = try temporary.write("", to: "mended")
        let again = try await object("confirm", "lab", "--json")
        let baseline = try #require((again["candidates"] as? [[String: Any]])?.last)
        #expect((baseline["values"] as? [Double])?.count == 2 && baseline["problem"] is NSNull)
    }
}
