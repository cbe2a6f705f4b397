import Foundation
import GRDB
import TestSupport
import Testing

/// Studies of other programs, as a user brings them here.
@Suite(.timeLimit(.minutes(5))) struct ImportTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// The studies of Fixtures/make_optuna.py.
    private func fixtures() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../ImportsTests/Fixtures")
            .standardizedFileURL
        let sql = try String(contentsOf: folder.appending(path: "optuna.sql"), encoding: .utf8)
        // The dump has its tables in the order of their names.
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: temporary.path + "/optuna.db", configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        try FileManager.default.copyItem(
            at: folder.appending(path: "optuna-journal.log"), to: URL(filePath: temporary.path + "/journal.log"))
    }

    private func json(_ arguments: String...) async throws -> Any {
        let process = try autolora.start(arguments + ["--json"])
        return try await autolora.wait(for: process).json()
    }

    @Test(arguments: ["optuna.db", "journal.log"])
    func `a study of Optuna's becomes one of ours, which is looked at and not run`(file: String) async throws {
        try fixtures()
        let made = try await autolora.run("import", file, "--as", "old", "--study", "tuning", "--rename", "lr=learning_rate")
        #expect(made.code == 0, "\(made.errors)")
        #expect(made.output.hasPrefix("study old: 8 trials, to minimize value; 3 that failed or have not ended are left out\n"))
        #expect(made.output.contains("undo         rm -r "))
        let status = try #require(try await json("status", "old") as? [String: Any])
        #expect(status["state"] as? String == "finished")
        #expect((status["trials"] as? [String: Int])?["pruned"] == 2)
        let best = try #require(try await json("best", "old") as? [String: Any])
        #expect(best["value"] as? Double == 0.125)
        #expect((best["parameters"] as? [String: Any])?["learning_rate"] as? Double == 0.001)
        let trials = try #require(try await json("trials", "old") as? [[String: Any]])
        #expect(trials.count == 8)
        #expect(try await autolora.run("verify", "old").code == 0)
        #expect(try await autolora.run("list").output.hasPrefix("old  finished  8 of 8 trials"))
        #expect(try await autolora.run("export", "old", "--format", "json", "--output", "best.json").code == 0)
        #expect(
            temporary.read("best.json")?.contains("\"learning_rate\" : 0.001") == true, "\(temporary.read("best.json") ?? "")")

        let resume = try await autolora.run("resume", "old", "--trials", "20")
        #expect(resume.code == 2)
        #expect(resume.errors.contains("was imported: it has trials and no trainer; learn from it by `warm_start: [old]`"))
        #expect(try await autolora.run("verify", "old", "--replay").code == 2)
        let again = try await autolora.run("import", file, "--as", "old", "--study", "tuning")
        #expect(again.code == 2 && again.errors.contains("exists already"), "\(again.errors)")
    }

    @Test func `a table becomes a study, its goal told by the metric's name`() async throws {
        _ = try temporary.write(
            "lr,r,val_accuracy,state\n0.1,8,0.5,finished\n0.2,16,0.75,finished\n0.3,4,,failed\n", to: "runs.csv")
        let made = try #require(
            try await json("import", "runs.csv", "--as", "table", "--metric", "val_accuracy") as? [String: Any])
        #expect(made["trials"] as? Int == 2 && made["left_out"] as? Int == 1)
        #expect(made["goal"] as? String == "maximize")
        let best = try #require(try await json("best", "table") as? [String: Any])
        #expect(best["value"] as? Double == 0.75)
        let none = try await autolora.run("import", "runs.csv", "--as", "other")
        #expect(none.code == 2)
        #expect(none.errors == "autolora: runs.csv: say which column is the metric; it has lr, r, val_accuracy, state\n")
        let wrong = try await autolora.run(
            "import", "runs.csv", "--as", "other", "--metric", "val_accuracy", "--rename", "lrr=x")
        #expect(wrong.errors.contains("there is no parameter 'lrr'; it has lr, r; did you mean 'lr'?"), "\(wrong.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/studies") == ["table"])
    }

    private func space(_ warmStart: String, goal: String = "minimize") throws {
        _ = try temporary.write("echo '{\"loss\": 1}'", to: "train.sh")
        _ = try temporary.write(
            """
            name: new
            metric: {name: loss, goal: \(goal)}
            method: tpe
            run_cap: 4
            warm_start: \(warmStart)
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters:
              learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}
              r: {values: [2, 4, 8, 16, 32]}
              kind: {values: [adam, text]}

            """, to: "space.yaml")
    }

    private func firstTrials() async throws -> (lines: [String], errors: String) {
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0, "\(check.errors)")
        return (check.output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("trial ") }, check.errors)
    }

    @Test func `a study learns from Optuna's, a table's and an imported one's best`() async throws {
        try fixtures()
        _ = try temporary.write("rank,learning_rate,score\n16,0.05,0.5\n8,0.01,0.25\n", to: "tables/runs.csv")
        #expect(
            try await autolora.run(
                "import", "journal.log", "--as", "old", "--study", "tuning", "--rename", "lr=learning_rate", "--metric", "loss"
            ).code == 0)
        try space(
            "[{optuna: optuna.db, study: tuning, rename: {lr: learning_rate}}, {csv: tables/runs.csv, metric: score, rename: {rank: r}}, old]"
        )
        let (lines, errors) = try await firstTrials()
        #expect(lines[0].contains("kind=text learning_rate=0.001"), "\(lines)")
        #expect(lines[0].hasSuffix("(after trial 7 of study old)"), "\(lines)")
        #expect(lines.contains { $0.hasSuffix("(after trial 9 of study optuna.db (tuning))") }, "\(lines)")
        #expect(
            lines.contains {
                $0.contains("learning_rate=0.01") && $0.contains("r=8")
                    && $0.hasSuffix("(after trial 1 of study tables/runs.csv)")
            }, "\(lines)")
        #expect(
            errors.contains(
                "warm_start: optuna.db (tuning): 8 trials, by learning_rate, r, kind; 3 that failed or have not ended are left out"
            ))
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        // What it has learned from is its own now.
        try FileManager.default.removeItem(atPath: temporary.path + "/optuna.db")
        #expect(try await autolora.run("resume", "new", "--trials", "6").code == 0)
        #expect(try await autolora.run("verify", "new", "--replay").code == 0)
    }

    @Test func `a parameter's usual other name is taken for it, with a word`() async throws {
        try fixtures()
        try space("[{optuna: journal.log, study: tuning}]")
        let (lines, errors) = try await firstTrials()
        #expect(errors.contains("'lr' is taken for learning_rate; rename: {lr: ...} says otherwise"), "\(errors)")
        #expect(lines[0].contains("learning_rate=0.001"))
    }

    @Test(arguments: [
        ("[{optuna: optuna.db}]", "minimize", "has several studies: 'tuning', 'pair'; say which (study)"),
        ("[{optuna: none.db, study: x}]", "minimize", "none.db: there is no such file"),
        ("[{optuna: optuna.db, study: tuning}]", "maximize", "study 'tuning' is to minimize, this one to maximize"),
        ("[{optuna: optuna.db, study: pair}]", "maximize", "has none of this study's parameters but x; say which is which"),
        ("[{optuna: optuna.db, study: tuning, rename: {lrr: r}}]", "minimize", "has no parameter 'lrr'; did you mean 'lr'?"),
        ("[{csv: optuna.csv}]", "minimize", "has no column 'loss' for the metric; it has a, b"),
    ])
    func `what cannot be learned from is refused in its place`(warmStart: String, goal: String, problem: String) async throws {
        try fixtures()
        _ = try temporary.write("a,b\n1,2\n", to: "optuna.csv")
        try space(warmStart, goal: goal)
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 2)
        #expect(check.errors.hasPrefix("autolora: space.yaml:5:14: warm_start: "), "\(check.errors)")
        #expect(check.errors.contains(problem), "\(check.errors)")
    }
}
