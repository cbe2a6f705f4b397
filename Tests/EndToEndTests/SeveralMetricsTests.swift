import Foundation
import TestSupport
import Testing

/// Studies of two metrics, as a user sees them.
@Suite(.timeLimit(.minutes(5))) struct SeveralMetricsTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    /// The larger x, the better the score and the larger the size, up to 60; beyond only the size grows. It gets better with
    /// every report, and leaves an adapter.
    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(
            #"""
            x=${1#--x=}; mkdir -p "$AUTOLORA_TRIAL_DIR/adapter"
            for i in 1 2 3; do
              score=$x; [ $x -gt 60 ] && score=60
              echo "{\"x\": $x, \"step\": $i}" > "$AUTOLORA_TRIAL_DIR/new"
              mv "$AUTOLORA_TRIAL_DIR/new" "$AUTOLORA_TRIAL_DIR/adapter/adapter_config.json"
              echo "{\"step\": $i, \"score\": $((score + i)), \"size\": $x}"
            done
            """#, to: "train.sh")
    }

    private func space(_ extra: String, metrics: String = "[{name: score, goal: maximize}, {name: size, goal: minimize}]")
        throws
    {
        _ = try temporary.write(
            """
            name: two
            metrics: \(metrics)
            warm_start: off
            run_cap: 5
            \(extra)
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {min: 10, max: 99}}
            """, to: "two.yaml")
    }

    private static let queue = "enqueue: [{x: 90}, {x: 30}, {x: 60}, {x: 70}, {x: 10}]"

    private func json(_ arguments: String...) async throws -> Any {
        try await autolora.wait(for: try autolora.start(arguments)).json()
    }

    @Test func `the front is shown, and each of its trials can be exported`() async throws {
        try space(Self.queue)
        let check = try await autolora.run("check", "two.yaml")
        #expect(check.output.contains("maximize score, minimize size"), "\(check.output)")
        let run = try await autolora.run("run", "two.yaml")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("best: trial 2 with score 63, size 60: x=60"), "\(run.output)")
        #expect(run.output.contains("front: 3 trials that none beats in all metrics"), "\(run.output)")
        #expect(run.errors.contains("trial 4 report 3: score 13, size 10 (on the front)"), "\(run.errors)")

        let best = try #require(try await json("best", "two", "--json") as? [String: Any])
        #expect(best["trial"] as? Int == 2)
        let front = try #require(best["front"] as? [[String: Any]])
        #expect(front.map { $0["trial"] as? Int } == [2, 1, 4])
        #expect(front.map { $0["values"] as? [String: Int] } == [60, 30, 10].map { ["score": $0 + 3, "size": $0] })
        let trials = try #require(try await json("trials", "two", "--json") as? [[String: Any]])
        #expect(trials.map { $0["front"] as? Bool } == [false, true, true, false, true])
        let table = try await autolora.run("trials", "two").output.split(separator: "\n")
        #expect(table[0].split(separator: " ") == ["trial", "state", "front", "value", "size", "reports", "parameters"])
        #expect(table[3].split(separator: " ") == ["2", "complete", "*", "63", "60", "3", "x=60"])
        #expect(try await autolora.run("status", "two").output.contains("front     3 trials: 2, 1, 4"))
        #expect(try await autolora.run("best", "two").output.contains("4  complete      *     13    10        3  x=10"))

        for number in [2, 1, 4] {
            let export = try await autolora.run(
                "export", "two", "--format", "peft", "--output", "out\(number)", "--trial", "\(number)")
            #expect(export.code == 0, "\(export.errors)")
            #expect(!export.errors.contains("others"))
        }
        #expect(temporary.read("out4/adapter_config.json") == "{\"x\": 10, \"step\": 3}\n")
        let export = try await autolora.run("export", "two", "--format", "json", "--output", "best.json")
        #expect(
            export.errors.contains("trial 2 is the best by score; with --trial, the front's others: 1, 4"), "\(export.errors)")
        #expect(temporary.read("studies/two/trials/0/config.json")?.contains("\"metrics\"") == true)
    }

    /// The smallest are the first to be stopped, and on the front all the same.
    @Test func `trials that were stopped early keep their adapters`() async throws {
        try space(Self.queue + "\nearly_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 3}")
        #expect(try await autolora.run("run", "two.yaml", "--quiet").code == 0)
        let best = try #require(try await json("best", "two", "--json") as? [String: Any])
        let front = try #require(best["front"] as? [[String: Any]])
        let trials = try #require(try await json("trials", "two", "--json") as? [[String: Any]])
        #expect(trials.contains { $0["state"] as? String == "pruned" && $0["front"] as? Bool == true })
        for member in front {
            let number = try #require(member["trial"] as? Int)
            let export = try await autolora.run(
                "export", "two", "--format", "peft", "--output", "out\(number)", "--trial", "\(number)")
            #expect(export.code == 0, "\(export.errors)")
        }
    }

    @Test func `the study ends once one trial reaches all targets`() async throws {
        try space(
            Self.queue, metrics: "[{name: score, goal: maximize, target: 20}, {name: size, goal: minimize, target: 40}]")
        let run = try await autolora.run("run", "two.yaml")
        #expect(run.code == 0)
        #expect(run.errors.contains("score reached its target, and so did all other metrics"), "\(run.errors)")
        #expect(try await autolora.run("status", "two").output.contains("trials    2 of 5"))
    }

    @Test func `a metric that no trial reports is named`() async throws {
        try space(Self.queue, metrics: "[{name: score, goal: maximize}, {name: sise, goal: minimize}]")
        let run = try await autolora.run("run", "two.yaml")
        #expect(run.code == 1)
        #expect(
            run.errors.contains("no trial reports all metrics in one line; trial 0's best report lacks sise"), "\(run.errors)")
    }

    @Test func `an earlier study of the first metric is learned from, one of the second is refused with its place`()
        async throws
    {
        try space(Self.queue)
        #expect(try await autolora.run("run", "two.yaml", "--quiet").code == 0)
        func later(_ metrics: String) throws {
            let text = try #require(temporary.read("two.yaml"))
            _ = try temporary.write(
                text.replacing("name: two", with: "name: later").replacing("warm_start: off", with: "warm_start: [two]")
                    .replacing(Self.queue, with: "").replacing(/metrics: .*/, with: metrics), to: "later.yaml")
        }
        try later("metric: {name: score, goal: maximize}")
        let check = try await autolora.run("check", "later.yaml")
        #expect(check.output.contains("x=60   (after trial 2 of study two)"), "\(check.output)\(check.errors)")
        try later("metric: {name: size, goal: minimize}")
        let refused = try await autolora.run("check", "later.yaml")
        #expect(refused.code == 2)
        #expect(
            refused.errors
                == "autolora: later.yaml:3:14: warm_start: study 'two' is to maximize score, this one to minimize size\n")
    }
}
