import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings
import Trainers

/// Scripts that use Weights & Biases, as the key `wandb` has them run.
struct WandBTests {
    private func file(_ wandb: String, command: String = #"[python3, "${program}", "${args}"]"#) throws -> SpaceFile {
        try SpaceFile(
            text: "metric: {name: loss, goal: minimize}\n\(wandb)\nprogram: train.py\ncommand: \(command)\n"
                + "parameters:\n  lr: {min: 0.1, max: 0.5}\n",
            SpaceFilePlace(file: "space.yaml", folder: "/folder"), trainers: TrainerList.standard.types)
    }

    private func program(
        _ wandb: WandB?, _ values: [String: SettingValue] = ["lr": .double(1e-05)], environment: [String: String] = [:]
    ) throws -> TrialProgram {
        try LaunchSamples.program(
            .command(["python3", "train.py"], wandb: wandb), Assignment(values), environment: environment)
    }

    @Test func `local puts the stand-in first on PYTHONPATH, before what is there`() throws {
        let program = try program(.local)
        #expect(program.environment == ["PYTHONPATH": "/s/trials/3/python"])
        #expect(try self.program(.local, environment: ["PYTHONPATH": ""]).environment == program.environment)
        let both = try self.program(.local, environment: ["PYTHONPATH": "/own:/other"])
        #expect(both.environment == ["PYTHONPATH": "/s/trials/3/python:/own:/other"])
        // What an export tells keeps to itself what the user's own variables hold.
        #expect(both.files["launch.json"]?.contains("/s/trials/3/python:${envvar:PYTHONPATH}") == true)
        #expect(both.files["launch.json"]?.contains("/own") == false)
    }

    @Test func `the whole stand-in is in the binary, and goes into the trial's folder as it is`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Trainers/Programs")
            .standardizedFileURL
        let files = try program(.local).files.filter { $0.key.hasPrefix("python/") }
        var expected: [String: String] = [:]
        for folder in ["wandb", "wandb-0.31.0.dist-info"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder)
            where name != "__pycache__" {
                expected["python/\(folder)/\(name)"] = try String(
                    contentsOfFile: "\(root.path)/\(folder)/\(name)", encoding: .utf8)
            }
        }
        #expect(files.count == 8 && files == expected)
    }

    @Test func `offline gives the module itself the parameters, in numbers that PyYAML reads as such`() throws {
        let values: [String: SettingValue] = [
            "lr": .double(1e-05), "huge": .double(2.5e300), "n": .int(8), "whole": .double(2), "flag": .bool(true),
            "none": .null,
            "text": .string("a: b"), "mods": .array([.string("q"), .double(1e-7)]), "inf": .double(.infinity),
        ]
        let program = try program(.offline, values)
        #expect(
            program.environment == [
                "WANDB_MODE": "offline", "WANDB_DIR": "/s/trials/3", "WANDB_SWEEP_ID": "lab",
                "WANDB_SWEEP_PARAM_PATH": "/s/trials/3/wandb-sweep.yaml",
            ])
        #expect(
            program.files["wandb-sweep.yaml"] == """
                wandb_version: 1
                "flag":
                  value: true
                "huge":
                  value: 2.5e+300
                "inf":
                  value: .inf
                "lr":
                  value: 1.0e-05
                "mods":
                  value: ["q", 1.0e-07]
                "n":
                  value: 8
                "none":
                  value: null
                "text":
                  value: "a: b"
                "whole":
                  value: 2.0

                """)
    }

    @Test func `without the key nothing is put anywhere`() throws {
        let program = try program(nil)
        #expect(program.environment.isEmpty && Set(program.files.keys) == ["launch.json"])
    }

    @Test func `the space file has it at the top level, and check says what it does`() throws {
        let local = try file("wandb: local")
        #expect(local.specification.trainer.settings["wandb"] == .string("local"))
        let trainer = TrainerList.standard[local.specification.trainer]
        let folder = FileManager.default.temporaryDirectory.path
        var study = local
        study.start(in: folder)
        let findings = try trainer.preflight(study.specification, study, environment: ["PATH": "/usr/bin:/bin"]).read
        #expect(findings.contains { $0.kind == "wandb" && $0.text.hasPrefix("local: trials import a stand-in") })
        #expect(try file("").specification.trainer.settings["wandb"] == nil)
        let error = #expect(throws: SpaceFileError.self) { try file("wandb: locale") }
        #expect(
            error?.description.contains("unknown wandb 'locale'; allowed: local, offline; did you mean 'local'?") == true,
            "\(error)")
        #expect(throws: SpaceFileError.self) {
            try SpaceFile(
                text:
                    "wandb: local\nmetric: {name: eval_loss, goal: minimize}\ntrainer: {model: m, train: t, validation: v}\nparameters: {r: {value: 1}}\n",
                SpaceFilePlace(file: "space.yaml", folder: "/folder"), trainers: TrainerList.standard.types)
        }
    }

    @Test func `a command need not pass the parameters on, and Python must not pass over PYTHONPATH`() throws {
        #expect(try file("wandb: local", command: #"[python3, "${program}"]"#).warnings.isEmpty)
        #expect(try file("wandb: offline", command: #"[python3, -I, "${program}"]"#).warnings.isEmpty)
        #expect(try file("", command: #"[python3, "${program}"]"#).warnings.count == 1)
        let isolated = try file("wandb: local", command: #"[python3, -sE, "${program}"]"#).warnings
        #expect(
            isolated.map(\.text) == [
                "with -sE Python passes over PYTHONPATH, and with it over the stand-in of wandb: local; leave it out"
            ])
    }

    @Test func `trials that would share Hydra's folder are pointed out`() throws {
        func warnings(_ command: String) throws -> [String] { try file("", command: command).warnings.map(\.text) }
        #expect(
            try warnings(#"[python3, "${program}", "${args_override_hydra}"]"#) == [
                "trials that start in the same second share Hydra's output folder; add the word \"hydra.run.dir=${trial_dir}/hydra\""
            ])
        #expect(try warnings(#"[python3, "${program}", "${args_hydra}", "hydra.run.dir=${trial_dir}/hydra"]"#).isEmpty)
    }
}
