import Foundation
import TestSupport
import Testing

/// Whole studies with shell scripts as trainers.
@Suite(.timeLimit(.minutes(5))) struct CommandTrainerTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// A trainer that gets better with time, saves checkpoints and stops where it is told to.
    static let trainer = #"""
        i=0
        [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
        x=${1#--x=}
        while [ $i -lt 9 ]; do
          i=$((i + 1))
          sleep ${DELAY:-0}
          echo "{\"step\": $i, \"score\": 0.$x$i}"
          mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"; echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
          echo "$AUTOLORA_TRIAL $i" >> "$AUTOLORA_TRIAL_DIR/steps"
          [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
        done
        exit 0
        """#

    static func space(name: String = "lab", extra: String = "", cap: Int = 9) -> String {
        """
        name: \(name)
        metric: {name: score, goal: maximize}
        method: random
        run_cap: \(cap)
        seed: 5
        \(extra)
        trainer: {type: command, command: [sh, train.sh, "${args}"]}
        parameters:
          x: {min: 10, max: 99}

        """
    }

    static let asha = "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}"

    private func prepare(_ extra: String = "", cap: Int = 9) throws {
        _ = try temporary.write(Self.trainer, to: "train.sh")
        _ = try temporary.write(Self.space(extra: extra, cap: cap), to: "space.yaml")
    }

    private func trials(_ study: String = "lab") async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", study, "--json").json() as? [[String: Any]])
    }

    private func status(_ study: String = "lab") async throws -> [String: Any] {
        try #require(try await autolora.run("status", study, "--json").json() as? [String: Any])
    }

    @Test func `a study runs from the space file to its exports`() async throws {
        try prepare(Self.asha)
        let run = try await autolora.run("run", "space.yaml", "--workers", "2")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("best: trial"))
        #expect(!run.errors.contains("\u{1B}"))

        let status = try await status()
        #expect(status["state"] as? String == "finished")
        #expect((status["trials"] as? [String: Int])?["total"] == 9)
        let trials = try await trials()
        #expect(trials.map { $0["number"] as? Int } == Array(0..<9))
        #expect(trials.contains { ($0["launches"] as? Int ?? 0) > 1 })
        // No trial makes a report twice, and none works through a step twice.
        for number in 0..<9 {
            let steps = temporary.read("studies/lab/trials/\(number)/steps")?.split(separator: "\n") ?? []
            #expect(Set(steps).count == steps.count)
            #expect(steps.count == (trials[number]["reports"] as? [Any])?.count)
        }
        let best = try #require(try await autolora.run("best", "lab", "--json").json() as? [String: Any])
        let values = trials.compactMap { $0["value"] as? Double }
        #expect(best["value"] as? Double == values.max())

        let export = try await autolora.run("export", "lab", "--format", "json", "--output", "best.json")
        #expect(export.code == 0)
        #expect(temporary.read("best.json")?.contains("\"x\"") == true)
        #expect(try await autolora.run("export", "lab", "--format", "json", "--output", "best.json").code == 2)
        #expect(try await autolora.run("export", "lab", "--format", "json", "--output", "best.json", "--force").code == 0)
        #expect(try await autolora.run("list").output.hasPrefix("lab  finished  9 of 9 trials"))
        #expect(try await autolora.run("trials", "lab", "--csv").output.split(separator: "\n").count == 10)
    }

    @Test func `the same seed gives the same study, and resume with more trials goes on from there`() async throws {
        try prepare(Self.asha)
        #expect(try await autolora.run("run", "space.yaml", "--study", "one", "--quiet").code == 0)
        #expect(try await autolora.run("run", "space.yaml", "--study", "two", "--trials", "5").code == 0)
        #expect(try await autolora.run("resume", "two", "--trials", "9").code == 0)
        let (one, two) = (try await trials("one"), try await trials("two"))
        #expect(two.count == 9)
        #expect(
            one.map { ($0["parameters"] as? [String: Int])?["x"] } == two.map { ($0["parameters"] as? [String: Int])?["x"] })
    }

    @Test func `resuming a finished study changes nothing`() async throws {
        try prepare()
        #expect(try await autolora.run("run", "space.yaml", "--trials", "2").code == 0)
        let before = try await autolora.run("trials", "lab", "--csv").output
        let resumed = try await autolora.run("resume", "lab")
        #expect(resumed.code == 0)
        #expect(resumed.output.contains("best: trial"))
        #expect(try await autolora.run("trials", "lab", "--csv").output == before)
    }

    @Test func `a total below what a study has already is refused`() async throws {
        try prepare(cap: 3)
        #expect(try await autolora.run("run", "space.yaml").code == 0)
        let fewer = try await autolora.run("resume", "lab", "--trials", "2")
        #expect(fewer.code == 2)
        #expect(fewer.errors == "autolora: --trials 2: study 'lab' has 3 trials already; give at least 3, the new total\n")
        #expect(try await status()["state"] as? String == "finished")
    }

    @Test func `an existing study is refused with the command that resumes it`() async throws {
        try prepare()
        #expect(try await autolora.run("run", "space.yaml", "--trials", "1").code == 0)
        let again = try await autolora.run("run", "space.yaml")
        #expect(again.code == 2)
        #expect(again.errors.contains("autolora resume lab"))
        #expect(again.errors.split(separator: "\n").count == 1)
    }

    @Test func `Ctrl-C leaves a study that can be resumed`() async throws {
        try prepare(Self.asha)
        let process = try autolora.start(["run", "space.yaml"], environment: ["DELAY": "3"])
        try await reports(atLeast: 4)
        kill(process.processIdentifier, SIGINT)
        let result = try await autolora.wait(for: process)
        #expect(result.code == 130)
        #expect(result.errors.contains("autolora resume lab"))
        #expect(try await status()["state"] as? String == "interrupted")
        let before = try await status()["reports"] as? Int ?? 0
        #expect(try await autolora.run("resume", "lab").code == 0)
        let after = try await status()
        #expect(after["state"] as? String == "finished")
        #expect((after["reports"] as? Int ?? 0) > before)
        #expect((after["trials"] as? [String: Int])?["total"] == 9)
    }

    @Test func `killed with -9, a study loses no report and its trials end`() async throws {
        try prepare(Self.asha)
        let process = try autolora.start(["run", "space.yaml", "--workers", "2"], environment: ["DELAY": "0.2"])
        try await reports(atLeast: 6)
        kill(process.processIdentifier, SIGKILL)
        _ = try await autolora.wait(for: process)
        let before = try await trials().map { ($0["reports"] as? [[String: Any]])?.count ?? 0 }
        #expect(try await eventually { Self.processes(in: temporary.path).isEmpty })
        #expect(try await autolora.run("resume", "lab").code == 0)
        let after = try await trials()
        #expect(after.count == 9)
        for (number, count) in before.enumerated() {
            let reports = try #require(after[number]["reports"] as? [[String: Any]])
            #expect(reports.count >= count)
            #expect(reports.map { $0["iter"] as? Int } == Array(1...max(1, reports.count)).map { $0 })
        }
    }

    @Test func `a second controller is told who holds the study`() async throws {
        try prepare()
        let process = try autolora.start(["run", "space.yaml"], environment: ["DELAY": "3"])
        try await reports(atLeast: 1)
        let second = try await autolora.run("resume", "lab")
        #expect(second.code == 2)
        #expect(second.errors.contains("process \(process.processIdentifier) on"))
        #expect(try await status()["state"] as? String == "running")
        kill(process.processIdentifier, SIGTERM)
        _ = try await autolora.wait(for: process)
    }

    @Test func `a study whose every trial fails exits with 1 and shows why`() async throws {
        try prepare()
        _ = try temporary.write("echo 'no such model' >&2; exit 3", to: "train.sh")
        let result = try await autolora.run("run", "space.yaml", "--trials", "2")
        #expect(result.code == 1)
        #expect(result.errors.contains("ended with exit code 3"))
        #expect(result.errors.contains("no such model"))
        #expect(result.errors.contains("no trial has reported a number for score; "), "\(result.errors)")
        // Having reported before it failed is no lack of reports.
        _ = try temporary.write("echo '{\"score\": 1}'; exit 3", to: "train.sh")
        let late = try await autolora.run("run", "space.yaml", "--trials", "2", "--study", "late")
        #expect(late.code == 1)
        #expect(
            late.errors.contains("\nevery trial failed, 2 of them after reports of score; `autolora trials late`"),
            "\(late.errors)")
    }

    @Test func `a gone terminal or pipe does not end the study's controller`() async throws {
        try prepare(Self.asha)
        let shell = try ChildProcess(
            ["sh", "-c", "\"$0\" run space.yaml 2>&1 | head -n 1 >/dev/null; exit 0", TemporaryFolder.autolora],
            in: temporary.path)
        try await shell.end()
        #expect(try await status()["state"] as? String == "finished")
        #expect((try await status()["trials"] as? [String: Int])?["total"] == 9)
    }

    @Test func `a full disk behind the streams ends no study, and a result that nobody gets is no success`() async throws {
        try prepare()
        func shell(_ command: String) async throws -> Int32 {
            try await ChildProcess(["sh", "-c", command, TemporaryFolder.autolora], in: temporary.path).end()
        }
        #expect(try await shell("\"$0\" run space.yaml 2>/dev/full >/dev/null") == 0)
        #expect(try await status()["state"] as? String == "finished")
        #expect(try await shell("\"$0\" trials lab >/dev/full") == 1)
        #expect(try await shell("\"$0\" trials lab --csv >&-") == 1)
    }

    @Test func `a program that runs past its rung counts for no more than one that stops`() async throws {
        try prepare("early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}")
        _ = try temporary.write(
            "x=${1#--x=}; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo \"{\\\"score\\\": 0.$x$i}\"; sleep 0.01; done",
            to: "train.sh")
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        for trial in try await trials() {
            let count = (trial["reports"] as? [Any])?.count ?? 0
            #expect([1, 3, 9].contains(count))
            #expect((count == 9) == (trial["state"] as? String == "complete"))
        }
    }

    @Test func `time that is up leaves the study resumable`() async throws {
        try prepare()
        let result = try await autolora.run("run", "space.yaml", "--time", "1s", environment: ["DELAY": "0.2"])
        #expect(result.code == 0)
        #expect(result.errors.contains("autolora resume lab"))
        #expect(try await status()["state"] as? String == "interrupted")
    }

    private func reports(atLeast count: Int) async throws {
        // As long as it takes: a busy machine may need half a minute for what it does in a second.
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(150) {
            let result = try await autolora.run("status", "lab", "--json")
            let reports = (try? result.json() as? [String: Any])?["reports"] as? Int
            if reports ?? 0 >= count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the study did not come so far")
    }

    /// Living processes that work in a folder.
    static func processes(in folder: String) -> [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.filter { Int($0) != nil }.filter { number in
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd")
            return place?.hasPrefix(folder) == true
        }
    }
}
