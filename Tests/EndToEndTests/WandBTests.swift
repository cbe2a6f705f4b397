import Foundation
import TestSupport
import Testing

/// Sweeps' scripts of many shapes, as they stand, with the stand-in for wandb; what they report is what the real package keeps of them.
@Suite(.timeLimit(.minutes(5))) struct WandBTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    struct Script: Sendable {
        let name: String
        let metric: String
        let parameters: String
        let passesOptions: Bool
        let values: [Double]
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../TrainerPrograms/wandb_scripts").standardizedFileURL.path

    /// The scripts, with what the real package has logged for each (expected.json).
    private static let scripts: [Script] = {
        let data = FileManager.default.contents(atPath: folder + "/expected.json") ?? Data()
        let cases = (try? JSONSerialization.jsonObject(with: data)) as? [String: [String: Any]] ?? [:]
        return cases.keys.sorted().compactMap { name in
            guard let one = cases[name], let metric = one["metric"] as? String, let values = one["values"] as? [Double],
                let parameters = one["parameters"] as? [String: Any]
            else { return nil }
            return Script(
                name: name, metric: metric, parameters: yaml(parameters), passesOptions: one["options"] as? Bool ?? false,
                values: values)
        }
    }()

    /// Each value as a constant, groups as groups.
    private static func yaml(_ parameters: [String: Any]) -> String {
        let entries = parameters.sorted { $0.key < $1.key }.map { name, value in
            if let group = value as? [String: Any] { return "\(name): {parameters: \(yaml(group))}" }
            return "\(name): {value: \(value)}"
        }
        return "{" + entries.joined(separator: ", ") + "}"
    }

    private func reports(_ study: String) async throws -> [[[String: Any]]] {
        let trials = try #require(try await autolora.run("trials", study, "--json").json() as? [[String: Any]])
        return trials.map { $0["reports"] as? [[String: Any]] ?? [] }
    }

    @Test func `there are ten scripts`() { #expect(Self.scripts.count == 10) }

    @Test(arguments: scripts.map(\.name))
    func `a sweep's script runs as it is and reports what the real package logs`(name: String) async throws {
        let script = try #require(Self.scripts.first { $0.name == name })
        _ = try temporary.write(
            """
            program: \(Self.folder)/\(name)
            command: [python3, "${program}"\(script.passesOptions ? #", "${args}""# : "")]
            wandb: local
            method: random
            metric: {name: \(script.metric), goal: minimize}
            run_cap: 1
            parameters: \(script.parameters)

            """, to: "sweep.yaml")
        let run = try await autolora.run("run", "sweep.yaml", environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        #expect(run.code == 0, "\(run.errors)")
        let reports = try #require(try await reports("sweep").first)
        #expect(reports.compactMap { $0["value"] as? Double } == script.values, "\(run.errors)")
        #expect(reports.compactMap { $0["iter"] as? Int } == Array(1...script.values.count))
    }

    /// Steps of its own, or none: such a script knows of no checkpoint.
    private static func trainer(step: String) -> String {
        """
        import time, wandb
        run = wandb.init(config={"x": 0})
        for i in range(1, 10):
            time.sleep(0.05)
            run.log({"score": run.config.x + i / 10, "epoch": i}\(step))
        """
    }

    @Test(arguments: ["", ", step=i * 10"])
    func `a script that knows no checkpoint is stopped at its rung, and starts over when promoted`(step: String) async throws {
        _ = try temporary.write(Self.trainer(step: step), to: "train.py")
        _ = try temporary.write(
            """
            name: lab
            program: train.py
            wandb: local
            method: random
            metric: {name: score, goal: maximize}
            early_terminate: {type: successive_halving, eta: 3, min_iter: 1, max_iter: 9}
            run_cap: 3
            workers: 2
            parameters: {x: {min: 0, max: 99}}

            """, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        let all = try await reports("lab")
        #expect(all.map(\.count).sorted() == [1, 1, 9])
        for reports in all {
            #expect(reports.compactMap { $0["iter"] as? Int } == Array(1...reports.count))
            let start = (reports[0]["value"] as? Double ?? 0) - 0.1
            for (index, report) in reports.enumerated() {
                #expect(abs((report["value"] as? Double ?? 0) - start - Double(index + 1) / 10) < 1e-9)
                #expect(report["step"] as? Int == (step.isEmpty ? nil : (index + 1) * 10))
            }
        }
        #expect(temporary.read("studies/lab/trials/0/python/wandb/__init__.py") != nil)
    }

    @Test func `a report of a script is on record once when the controller is killed`() async throws {
        _ = try temporary.write(Self.trainer(step: "").replacing("0.05", with: "0.3"), to: "train.py")
        _ = try temporary.write(
            "name: lab\nprogram: train.py\nwandb: local\nmethod: random\nmetric: {name: score, goal: maximize}\nrun_cap: 1\n"
                + "parameters: {x: {value: 5}}\n", to: "space.yaml")
        let process = try autolora.start(["run", "space.yaml"])
        try await eventually { (try? await reports("lab").first?.count) ?? 0 >= 3 }
        kill(process.processIdentifier, SIGKILL)
        _ = try await autolora.wait(for: process)
        #expect(try await autolora.run("resume", "lab").code == 0)
        let values = try await reports("lab")[0].compactMap { $0["value"] as? Double }
        #expect(values == (1...9).map { 5 + Double($0) / 10 })
    }

    @Test func `what the stand-in cannot do fails the trial with its line`() async throws {
        _ = try temporary.write("import wandb\nwandb.init()\nprint(wandb.Api().runs('team/project'))\n", to: "train.py")
        _ = try temporary.write(
            "name: lab\nprogram: train.py\nwandb: local\nmetric: {name: score, goal: maximize}\nrun_cap: 1\n"
                + "parameters: {x: {value: 5}}\n", to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 1)
        #expect(run.errors.contains("wandb (AutoLoRA's stand-in): Api: there is no server to ask"), "\(run.errors)")
    }
}
