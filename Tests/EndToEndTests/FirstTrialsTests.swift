import Foundation
import TestSupport
import Testing

/// `enqueue`, `warm_start` and constraints on what trials report, as a user sees them.
@Suite(.timeLimit(.minutes(5))) struct FirstTrialsTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(
            #"x=${1#--lora_alpha=}; echo "{\"score\": 0.$x, \"memory\": $x}""#, to: "train.sh")
    }

    private func space(_ name: String, _ extra: String, cap: Int = 4) throws {
        _ = try temporary.write(
            """
            name: \(name)
            metric: {name: score, goal: maximize}
            run_cap: \(cap)
            \(extra)
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {lora_alpha: {min: 10, max: 99}}
            """, to: "\(name).yaml")
    }

    private func values(_ study: String) async throws -> [Int] {
        struct Row: Decodable { let parameters: [String: Int] }
        let output = try await autolora.run("trials", study, "--json").output
        return try JSONDecoder().decode([Row].self, from: Data(output.utf8)).compactMap { $0.parameters["lora_alpha"] }
    }

    @Test func `check lists what is tried first, and the study tries it`() async throws {
        try space("first", "enqueue: [{lora_alpha: 42}]")
        let check = try await autolora.run("check", "first.yaml")
        #expect(check.output.contains("trial 0  lora_alpha=42   (enqueued)"), "\(check.output)")
        #expect(check.output.contains("trial 1  lora_alpha=32   (recipe: all linear layers, alpha 2 r)"), "\(check.output)")
        #expect(try await autolora.run("run", "first.yaml", "--quiet").code == 0)
        let values = try await values("first")
        #expect(values.count == 4)
        #expect(values.prefix(3) == [42, 32, 16])
    }

    @Test func `a study learns from an earlier one, even once that is gone`() async throws {
        try space("early", "warm_start: off\nenqueue: [{lora_alpha: 97}, {lora_alpha: 20}]")
        #expect(try await autolora.run("run", "early.yaml", "--quiet").code == 0)
        try space("late", "warm_start: [early]")
        let check = try await autolora.run("check", "late.yaml")
        #expect(check.output.contains("of study early)"), "\(check.output)")
        #expect(try await autolora.run("run", "late.yaml", "--trials", "2", "--quiet").code == 0)
        #expect(try await values("late").contains(97))
        try FileManager.default.removeItem(atPath: temporary.path + "/studies/early")
        #expect(try await autolora.run("resume", "late", "--trials", "5", "--quiet").code == 0)
        #expect(try await values("late").count == 5)
    }

    /// A sweep file of W&B's, word for word, with a program that knows nothing of checkpoints.
    @Test func `a sweep of W&B's with its hyperband runs as it is`() async throws {
        _ = try temporary.write(
            "import sys\nx = float(sys.argv[1].split('=')[1])\n"
                + "for i in range(12): print('{\"val_loss\": %f}' % (x + 1 / (i + 1)), flush=True)\n", to: "train.py")
        _ = try temporary.write(
            """
            program: train.py
            name: sweepdemo
            method: bayes
            metric: {name: val_loss, goal: minimize}
            run_cap: 9
            early_terminate: {type: hyperband, min_iter: 3}
            parameters:
              learning_rate: {min: 0.0001, max: 0.1}
            """, to: "sweep.yaml")
        let run = try await autolora.run("run", "sweep.yaml")
        #expect(run.code == 0, "\(run.errors)")
        struct Row: Decodable {
            struct Report: Decodable {}
            let state: String
            let reports: [Report]
        }
        let output = try await autolora.run("trials", "sweepdemo", "--json").output
        let rows = try JSONDecoder().decode([Row].self, from: Data(output.utf8))
        #expect(rows.count == 9)
        #expect(rows.allSatisfy { [3, 9, 12].contains($0.reports.count) }, "\(rows.map(\.reports.count))")
        #expect(rows.contains { $0.state == "complete" && $0.reports.count == 12 })
        #expect(rows.contains { $0.state == "pruned" && $0.reports.count == 3 })
    }

    @Test func `an earlier study that is not there, or that wants something else, is refused`() async throws {
        try space("late", "warm_start: [erly]")
        let missing = try await autolora.run("run", "late.yaml")
        #expect(missing.code == 2)
        #expect(missing.errors.hasPrefix("autolora: late.yaml:4:14: warm_start: no study 'erly'"), "\(missing.errors)")
        try space("late", "warm_start: [late]")
        let own = try await autolora.run("check", "late.yaml")
        #expect(own.errors.contains("late.yaml:4:14: warm_start: study 'late' is this one"), "\(own.errors)")
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies/late"))
    }

    @Test func `what breaks a constraint is shown as such and never wins`() async throws {
        try space(
            "tight", "warm_start: off\nconstraints: {memory: {max: 50}}\nenqueue: [{lora_alpha: 60}, {lora_alpha: 45}]",
            cap: 2)
        #expect(try await autolora.run("run", "tight.yaml").code == 0)
        let trials = try await autolora.run("trials", "tight").output
        #expect(trials.contains("complete, infeasible"), "\(trials)")
        #expect(try await autolora.run("best", "tight").output.contains("lora_alpha: 45"))
    }

    @Test func `a study in which nothing keeps its constraints fails and says what comes nearest`() async throws {
        try space(
            "none", "warm_start: off\nconstraints: {memory: {max: 5}}\nenqueue: [{lora_alpha: 60}, {lora_alpha: 45}]", cap: 2)
        let run = try await autolora.run("run", "none.yaml")
        #expect(run.code == 1)
        #expect(run.errors.contains("trial 1 comes nearest: memory 45, wanted at most 5"), "\(run.errors)")
        let status = try await autolora.run("status", "none").output
        #expect(status.contains("best      no trial keeps the constraints"), "\(status)")
    }
}
