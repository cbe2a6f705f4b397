import Foundation
import TestSupport
import Testing

/// Runs whose files are taken away or cut short by somebody else.
@Suite(.timeLimit(.minutes(5))) struct DisturbedRunTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora
    private var study: String { temporary.path + "/studies/lab" }

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(
            #"""
            name: lab
            metric: {name: score, goal: maximize}
            method: random
            run_cap: 1
            trainer: {type: command, command: [sh, train.sh]}
            parameters: {x: {min: 0.0, max: 1.0}}
            """#, to: "space.yaml")
        _ = try temporary.write(
            #"while test -z "$ENOUGH" -o "${i:-0}" -lt 40; do i=$((i+1)); echo "{\"step\": $i, \"score\": 1}"; sleep 0.1; done"#,
            to: "train.sh")
    }

    private func reports() async throws -> Int {
        let status = try? await autolora.run("status", "lab", "--json").json() as? [String: Any]
        return status?["reports"] as? Int ?? 0
    }

    /// Runs until a few reports are on record, does something to the files and waits for the run's end.
    private func result(after harm: () throws -> Void) async throws -> Autolora.Result {
        let run = try autolora.start(["run", "space.yaml"])
        #expect(try await eventually { try await reports() >= 3 })
        try harm()
        #expect(try await eventually { !run.isRunning })
        run.signal(SIGKILL)
        return try await autolora.wait(for: run)
    }

    /// Whether the trial of a run that has ended still writes.
    private func isTrialAlive(in study: String) async throws -> Bool {
        func length() -> Int { (try? Data(contentsOf: URL(filePath: study + "/trials/0/log.txt")).count) ?? 0 }
        // A supervisor whose controller died takes a moment.
        return try await !eventually {
            let before = length()
            try await Task.sleep(for: .seconds(1))
            return length() == before
        }
    }

    @Test func `a run whose lock is removed ends with a word and its trial with it`() async throws {
        let result = try await result { try FileManager.default.removeItem(atPath: study + "/lock") }
        #expect(result.code == 1)
        #expect(result.errors.contains("its lock \(study)/lock was removed or replaced while it ran"), "\(result.errors)")
        #expect(try await !isTrialAlive(in: study))
        #expect(try await autolora.run("verify", "lab").code == 0)
    }

    @Test func `a run whose folder is moved ends, and nothing is written where it was`() async throws {
        let result = try await result { try FileManager.default.moveItem(atPath: study, toPath: study + "2") }
        #expect(result.code == 1)
        #expect(result.errors.contains("its folder \(study) was moved or replaced while it ran"), "\(result.errors)")
        #expect(try await !isTrialAlive(in: study + "2"))
        #expect(!FileManager.default.fileExists(atPath: study))
        #expect(try await autolora.run("verify", "lab2").code == 0)
    }

    @Test func `a run whose write-ahead log is removed saves what it had`() async throws {
        let result = try await result { try FileManager.default.removeItem(atPath: study + "/study.sqlite-wal") }
        #expect(result.code == 1)
        #expect(result.errors.contains("study.sqlite-wal was removed or replaced while it ran"), "\(result.errors)")
        #expect(try await reports() >= 3)
        #expect(try await autolora.run("verify", "lab").code == 0)
    }

    @Test(arguments: [0, 4096])
    func `a run whose write-ahead log is cut short ends with a word and keeps what was recorded`(length: Int) async throws {
        let result = try await result { #expect(truncate(study + "/study.sqlite-wal", length) == 0) }
        #expect(result.code == 1)
        #expect(result.errors.contains("study.sqlite-wal was cut short by another program while it ran"), "\(result.errors)")
        #expect(try await !isTrialAlive(in: study))
        #expect(try await reports() >= 3)
        #expect(try await autolora.run("verify", "lab").code == 0)
        let more = try await autolora.run("resume", "lab", "--trials", "1", environment: ["ENOUGH": "1"])
        #expect(more.code == 0, "\(more.errors)")
        #expect(try await autolora.run("verify", "lab").code == 0)
    }

    @Test func `a run whose shared memory is cut short ends with a word and keeps what was recorded`() async throws {
        let result = try await result { #expect(truncate(study + "/study.sqlite-shm", 0) == 0) }
        #expect(result.code == 1)
        #expect(result.errors.contains("was cut short by another program"), "\(result.errors)")
        #expect(try await !isTrialAlive(in: study))
        #expect(try await reports() >= 3)
        #expect(try await autolora.run("verify", "lab").code == 0)
    }
}
