import BuiltInTrainer
import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import Trainers
import TrialRunners

@Suite struct TrialPreparationTests {
    private let temporary: TemporaryFolder
    private let folder: StudyFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = try StudyFolder(root: temporary.path, name: "lab")
    }

    private func preparation(
        _ trainer: TrainerSpecification, space: SearchSpace = SearchSpace([]), more: [String: String] = [:]
    ) -> TrialPreparation {
        let specification = StudySpecification(
            name: "lab", metric: Metric(name: "eval_loss", goal: .minimize), seed: 7, trainer: trainer, space: space,
            folder: "/space")
        let environment = ["PATH": "/nowhere", "TOKEN": "a b", "MACRO": "${args_json} ${envvar:TOKEN}"]
        return TrialPreparation(
            specification: specification, study: "lab", folder: folder,
            trainer: TrainerList.standard[trainer],
            machine: .init(autolora: "/bin/autolora", threads: 2, environment: environment.merging(more) { $1 }))
    }

    private func trial(_ assignment: Assignment, milestone: Int? = nil) -> Trial {
        Trial(id: Trial.ID(3), assignment: assignment, reports: [Report(iter: 1, value: 1)], milestone: milestone)
    }

    private func command(_ words: [String], _ assignment: Assignment) throws -> [String] {
        try preparation(.command(words, program: "train.py")).prepare(trial(assignment), resuming: false, worker: 4).command
    }

    private let assignment: Assignment = [
        "lr": .double(3e-5), "r": .int(8), "dora": .bool(true), "name": .string("a b"),
        "targets": .array([.string("q"), .string("v")]), "none": .null,
    ]

    @Test func `the macros of W and B are filled in`() throws {
        #expect(
            try command(["${env}", "${interpreter}", "${program}", "${args}"], ["r": .int(8), "lr": .double(3e-5)])
                == ["/usr/bin/env", "python3", "train.py", "--lr=3e-05", "--r=8"])
        #expect(
            try command(["${args_no_hyphens}"], assignment)
                == ["dora=True", "lr=3e-05", "name=a b", "none=None", "r=8", #"targets=["q","v"]"#])
        #expect(try command(["--token=${envvar:TOKEN}"], [:]) == ["--token=a b"])
        #expect(try command(["x", "${args_json}"], ["r": .int(8)]) == ["x", #"{"r":8}"#])
    }

    @Test func `macros for one word are filled in inside a word, once, and all else is left alone`() throws {
        let folder = folder.trial(Trial.ID(3))
        #expect(
            try command(["--config=${args_json_file}", "${trial_dir}/out-${trial}-${worker}", "p=${program}"], ["r": .int(8)])
                == ["--config=\(folder)/parameters.json", "\(folder)/out-3-4", "p=train.py"])
        #expect(FileManager.default.fileExists(atPath: folder + "/parameters.json"))
        #expect(
            try command(["--all=${args}", "${HOME}/${x%.*}", "$x"], ["r": .int(8)]) == [
                "--all=${args}", "${HOME}/${x%.*}", "$x",
            ])
        #expect(
            try command(["${args_json}", "${args}"], ["t": .string("${envvar:TOKEN} ${trial}")]) == [
                #"{"t":"${envvar:TOKEN} ${trial}"}"#, "--t=${envvar:TOKEN} ${trial}",
            ])
        #expect(
            try command(["${envvar:MACRO}", "x${envvar:MACRO}"], [:]) == [
                "${args_json} ${envvar:TOKEN}", "x${args_json} ${envvar:TOKEN}",
            ])
    }

    @Test func `a trial's own variables can be asked for, and one that is not set is an error`() throws {
        let folder = folder.trial(Trial.ID(3))
        #expect(
            try command(
                ["${envvar:AUTOLORA_TRIAL_DIR}/out", "${envvar:AUTOLORA_WORKER}", "r=${envvar:AUTOLORA_RESUME_FROM}"], [:])
                == [folder + "/out", "4", "r="])
        #expect(throws: TrainerSettingsError.self) { try command(["x", "--token=${envvar:GONE}"], [:]) }
    }

    @Test func `a trial is told of its place, in its command and its record too`() throws {
        let place = Place(environment: ["CUDA_VISIBLE_DEVICES": "GPU-1", "HIP_VISIBLE_DEVICES": nil], leases: ["a name"])
        let preparation = preparation(
            .command(["x", "${envvar:CUDA_VISIBLE_DEVICES}"]), more: ["CUDA_VISIBLE_DEVICES": "0", "HIP_VISIBLE_DEVICES": "1"])
        let launch = try preparation.prepare(trial([:]), resuming: false, worker: 0, in: place)
        #expect(launch.command == ["x", "GPU-1"])
        #expect(launch.environment["CUDA_VISIBLE_DEVICES"] == "GPU-1")
        #expect(launch.environment["HIP_VISIBLE_DEVICES"] == .some(nil), "what this process has is taken away")
        #expect(launch.leases == ["a name"])
        let record = try String(contentsOfFile: launch.folder + "/launch.json", encoding: .utf8)
        #expect(record.contains("\"CUDA_VISIBLE_DEVICES\" : \"GPU-1\""), "\(record)")
    }

    @Test(arguments: [
        (CommandStyle.Lists.json, CommandStyle.Booleans.value, [#"--l=["q",1.0]"#, "--n=False", "--y=True"]),
        (.repeat, .flag, ["--l=q", "--l=1.0", "--y"]), (.space, .noPrefix, ["--l", "q", "1.0", "--no-n", "--y"]),
        (.comma, .value, ["--l=q,1.0", "--n=False", "--y=True"]),
    ])
    func `lists and booleans stand as the file says`(
        lists: CommandStyle.Lists, booleans: CommandStyle.Booleans, words: [String]
    ) throws {
        var style = CommandStyle()
        (style.lists, style.booleans) = (lists, booleans)
        let assignment: Assignment = ["y": .bool(true), "n": .bool(false), "l": .array([.string("q"), .double(1)])]
        let trainer = TrainerSpecification.command(["${args}"], style: style)
        #expect(try preparation(trainer).prepare(trial(assignment), resuming: false, worker: 4).command == words)
        let flags = TrainerSpecification.command(["${args_no_boolean_flags}"], style: style)
        let flagged = try preparation(flags).prepare(trial(assignment), resuming: false, worker: 4).command
        #expect(flagged.filter { !$0.hasPrefix("--l") && $0.hasPrefix("--") } == ["--y"])
        let bare = TrainerSpecification.command(["${args_no_hyphens}"], style: style)
        #expect(
            try preparation(bare).prepare(trial(assignment), resuming: false, worker: 4).command
                == [#"l=["q",1.0]"#, "n=False", "y=True"])
    }

    @Test func `groups are objects in files and points in words, and numbers keep their kind`() throws {
        let space = SearchSpace([
            Parameter(name: "o.lr", distribution: .uniform(min: 0, max: 1), conditions: [], path: ["o", "lr"]),
            Parameter(name: "a.b", distribution: .constant(.double(.infinity))),
        ])
        let preparation = preparation(.command(["${args}", "${args_json}", "${args_json_file}"]), space: space)
        let launch = try preparation.prepare(
            trial(["o.lr": .double(1), "a.b": .double(.infinity)]), resuming: false, worker: 0)
        let json = #"{"a.b":"Infinity","o":{"lr":1.0}}"#
        #expect(launch.command == ["--a.b=inf", "--o.lr=1.0", json, folder.trial(Trial.ID(3)) + "/parameters.json"])
        for file in ["config.json", "parameters.json"] {
            let text = try String(contentsOfFile: launch.folder + "/" + file, encoding: .utf8)
            #expect(text.contains("\"lr\" : 1.0"), "\(text)")
        }
    }

    @Test func `a file of parameters is written where it is asked for`() throws {
        let words = try command(["${args_json_file}"], ["r": .int(8), "name": .string("$(x)")])
        #expect(words == [folder.trial(Trial.ID(3)) + "/parameters.json"])
        let data = try Data(contentsOf: URL(filePath: words[0]))
        #expect(try JSONDecoder().decode(Assignment.self, from: data) == ["r": .int(8), "name": .string("$(x)")])
    }

    /// Linux takes words of 131,071 bytes and a zero; what no program can be started with is the trial's failure, not the run's end.
    @Test func `a word too long for a command is refused`() throws {
        #expect(throws: TrainerSettingsError.self) {
            try command(["${args}"], ["text": .string(String(repeating: "x", count: 131_065))])
        }
        let fits = try command(["${args}"], ["text": .string(String(repeating: "x", count: 131_064))])
        #expect(fits[0].utf8.count == 131_071)
        #expect(try command(["${args_json_file}"], ["text": .string(String(repeating: "x", count: 200_000))]).count == 1)
    }

    @Test func `a child is told what docs formats says`() throws {
        let launch = try preparation(.command(["x"])).prepare(trial([:], milestone: 9), resuming: true, worker: 4)
        #expect(launch.workingFolder == "/space")
        #expect(launch.reports == WantedReports(metric: "eval_loss"))
        let folder = folder.trial(Trial.ID(3))
        let expected: [String: String?] = [
            "AUTOLORA_STUDY": "lab", "AUTOLORA_TRIAL": "3", "AUTOLORA_TRIAL_DIR": folder,
            "AUTOLORA_CONFIG": folder + "/config.json", "AUTOLORA_SEED": "7",
            "AUTOLORA_RESUME_FROM": folder + "/checkpoint", "AUTOLORA_STOP_AFTER": "9", "AUTOLORA_REPORTS": "1",
            "AUTOLORA_WORKER": "4", "PYTHONUNBUFFERED": "1",
        ]
        #expect(launch.environment == expected)
        let fresh = try preparation(.command(["x"])).prepare(trial(["seed": .int(5)]), resuming: false, worker: 4)
        #expect(fresh.environment["AUTOLORA_RESUME_FROM"] == .some(nil))
        #expect(fresh.environment["AUTOLORA_SEED"] == "5")
    }

    @Test(arguments: ["", "0", "x"]) func `Python's buffering is as the user has set it, where that is so`(value: String) throws
    {
        let preparation = preparation(.command(["x"]), more: ["PYTHONUNBUFFERED": value])
        #expect(try preparation.prepare(trial([:]), resuming: false, worker: 4).environment["PYTHONUNBUFFERED"] == nil)
    }

    @Test func `the built-in trainer gets every setting, paths absolute, and its share of the threads`() throws {
        let fixed: [String: SettingValue] = [
            "model": .string("models/m"), "train": .string("/t"), "validation": .string("v"), "lora_alpha": .int(4),
        ]
        let trial = trial(["r": .int(16), "alpha_over_r": .double(0.5)])
        let launch = try preparation(.lora(fixed)).prepare(trial, resuming: false, worker: 4)
        let path = folder.configuration(of: trial.id)
        #expect(launch.command == ["/bin/autolora", "train", path])
        #expect(launch.environment["OPENBLAS_NUM_THREADS"] == "2")
        #expect(launch.environment["AUTOLORA_CACHE"] == folder.path + "/cache")
        let file = try JSONDecoder().decode([String: SettingValue].self, from: Data(contentsOf: URL(filePath: path)))
        guard case .object(let values)? = file["trainer"] else { throw ControllerTestFailure() }
        let settings = try TrainerSettings(values: values)
        #expect((settings.rank, settings.loraAlpha, settings.seed) == (16, 8, 7))
        #expect((settings.model, settings.train, settings.validation) == ("/space/models/m", "/t", "/space/v"))
        #expect((settings.metricForBestModel, settings.greaterIsBetter) == ("eval_loss", false))
    }

    @Test func `a checkpoint is something in its folder`() throws {
        let preparation = preparation(.command(["x"]))
        #expect(!preparation.hasCheckpoint(Trial.ID(3)))
        try FileManager.default.createDirectory(
            atPath: folder.checkpoint(of: Trial.ID(3)), withIntermediateDirectories: true)
        #expect(!preparation.hasCheckpoint(Trial.ID(3)))
        _ = try temporary.write("x", to: "lab/trials/3/checkpoint/state")
        #expect(preparation.hasCheckpoint(Trial.ID(3)))
    }
}
