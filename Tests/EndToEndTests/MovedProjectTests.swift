import Foundation
import TestSupport
import Testing

/// A project's folder that has another place, or name, than when its study began.
@Suite(.timeLimit(.minutes(4))) struct MovedProjectTests {
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
        let space = BuiltInStudyTests.space.replacing("run_cap: 6", with: "run_cap: 4").replacing("tpe", with: "random")
        _ = try temporary.write(space, to: "before/space.yaml")
        let autolora = Autolora(in: before)
        let process = try autolora.start(["run", "space.yaml", "--quiet", "--workers", "1"])
        // Killed once there is something to go on from.
        while process.isRunning, temporary.read("before/studies/tiny/trials/0/log.txt")?.contains("eval_loss") != true {
            try await Task.sleep(for: .milliseconds(2))
        }
        kill(process.processIdentifier, SIGKILL)
        _ = try await autolora.wait(for: process)
        try await Task.sleep(for: .seconds(2))
        try FileManager.default.moveItem(atPath: before, toPath: after)
        let trials = try await goOn("tiny")
        #expect(
            trials.count == 5 && trials.allSatisfy { ["complete", "pruned"].contains($0["state"] as? String) }, "\(trials)")
        let configuration = temporary.read("after/studies/tiny/trials/4/config.json") ?? ""
        #expect(configuration.contains("after/model") && !configuration.contains(before), "\(configuration)")
    }
}
