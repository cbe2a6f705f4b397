import Foundation
import TestSupport
import Testing

/// A project's folder that has another place, or name, than when its study began.
@Suite(.timeLimit(.minutes(5))) struct MovedProjectTests {
    private let temporary: TemporaryFolder
    private let before: String
    private let after: String

    init() throws {
        temporary = try TemporaryFolder()
        (before, after) = (temporary.path + "/before", temporary.path + "/after")
        try FileManager.default.createDirectory(atPath: before, withIntermediateDirectories: true)
    }

    /// Goes on where the project is now: first as it stands, which is refused, then with the space file.
    private func goOn(_ study: String) async throws -> [[String: Any]] {
        let autolora = Autolora(in: after)
        let store = URL(filePath: after + "/studies/\(study)/study.sqlite")
        let content = try Data(contentsOf: store)
        let lost = try await autolora.run("resume", study, "--trials", "4")
        #expect(lost.code == 2)
        #expect(
            lost.errors == """
                autolora: study '\(study)': there is no folder \(before), where its trials start; \
                give the space file where it is now: autolora resume \(study) --space space.yaml

                """)
        #expect(try Data(contentsOf: store) == content)
        let found = try await autolora.run("resume", study, "--space", "space.yaml", "--trials", "4")
        #expect(found.code == 0, "\(found.errors)")
        #expect(found.errors.contains("trials start in \(after), before in \(before); "), "\(found.errors)")
        // From now on that is its place.
        let again = try await autolora.run("resume", study, "--trials", "5", "--quiet")
        #expect(again.code == 0 && again.errors.isEmpty, "\(again.errors)")
        #expect(try await autolora.run("verify", study).code == 0)
        return try #require(try await autolora.run("trials", study, "--json").json() as? [[String: Any]])
    }

    @Test func `a study of a program goes on with the space file where it is now`() async throws {
        _ = try temporary.write("pwd > \"$AUTOLORA_TRIAL_DIR/start\"; echo '{\"score\": 1}'", to: "before/train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            run_cap: 2
            trainer: {type: command, command: [sh, train.sh]}
            parameters: {x: {min: 0.0, max: 1.0}}
            """, to: "before/space.yaml")
        #expect(try await Autolora(in: before).run("run", "space.yaml", "--quiet").code == 0)
        try FileManager.default.moveItem(atPath: before, toPath: after)
        let trials = try await goOn("lab")
        #expect(trials.count == 5 && trials.allSatisfy { $0["state"] as? String == "complete" })
        let starts = (0..<5).map { temporary.read("after/studies/lab/trials/\($0)/start") }
        #expect(starts == [before, before, after, after, after].map { $0 + "\n" })
    }

    @Test func `a study of the built-in trainer goes on from its checkpoints`() async throws {
        try temporary.addTinyModel()
        for name in ["model", "train.jsonl"] {
            try FileManager.default.moveItem(atPath: temporary.path + "/" + name, toPath: before + "/" + name)
        }
        let halving = "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 3}\n"
        let space = BuiltInStudyTests.space.replacing(halving, with: "").replacing("run_cap: 6", with: "run_cap: 4")
            .replacing("max_steps: 12", with: "max_steps: 400")
        _ = try temporary.write(space, to: "before/space.yaml")
        let autolora = Autolora(in: before)
        let checkpoint = before + "/studies/tiny/trials/0/checkpoint"
        try await onOwnThread {
            let process = try autolora.start(["run", "space.yaml", "--quiet", "--workers", "1"])
            func hasCheckpoint() -> Bool {
                let files = (try? FileManager.default.contentsOfDirectory(atPath: checkpoint)) ?? []
                return files.contains { !$0.hasSuffix(".tmp") }
            }
            while process.isRunning, !hasCheckpoint() { usleep(2000) }
            kill(process.processIdentifier, SIGKILL)
            _ = autolora.block(on: process)
        }
        while !processes(workingIn: before).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        try FileManager.default.moveItem(atPath: before, toPath: after)
        let trials = try await goOn("tiny")
        #expect(trials.count == 5 && trials.allSatisfy { $0["state"] as? String == "complete" }, "\(trials)")
        #expect(trials[0]["launches"] as? Int == 2)
        // Both launches write to one log: none of the steps before the checkpoint was made again.
        let steps = (temporary.read("after/studies/tiny/trials/0/log.txt") ?? "").split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["step"] as? Int
        }
        #expect(steps.count { $0 == 4 } == 1 && steps.last == 400, "\(steps)")
        let configuration = temporary.read("after/studies/tiny/trials/0/config.json") ?? ""
        #expect(configuration.contains("after/model") && !configuration.contains(before), "\(configuration)")
    }
}
