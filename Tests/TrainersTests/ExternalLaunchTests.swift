import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Trainers

/// How trials of external trainers are started, and on what data.
@Suite struct ExternalLaunchTests {
    private let project: ExternalProject

    init() throws { project = try ExternalProject() }

    @Test func `the bridge is started by the Python that the file names, with its files beside it`() throws {
        let program = try project.program(try project.file("trl").specification)
        let trial = project.folder + "/studies/s/trials/0"
        #expect(program.command == ["python3", trial + "/bridge.py", "trl", trial + "/trainer.yaml"])
        #expect(Set(program.files.keys) == ["trainer.yaml", "bridge.py", "autolora_trial.py", "peft_train.py"])
        #expect(program.files["bridge.py"]?.contains("def main(") == true)
        #expect(program.environment["OMP_NUM_THREADS"] == "2" && program.environment["TOKENIZERS_PARALLELISM"] == "false")
        #expect(program.environment["AXOLOTL_DO_NOT_TRACK"] == "1" && program.environment["HF_HUB_OFFLINE"] == "1")
    }

    @Test func `a model of the hub is asked for there`() throws {
        let study = try project.file(
            section: "{type: trl, model: org/tiny-llama, train: train.jsonl, validation: validation.jsonl}"
        ).specification
        let program = try project.program(study)
        #expect(program.environment["HF_HUB_OFFLINE"] == nil)
        #expect(project.configuration(program).hasPrefix("model_name_or_path: org/tiny-llama\n"))
    }

    @Test(arguments: [
        ("env", "HERE/env/bin/python"), ("./env/bin/python", "HERE/./env/bin/python"), ("python3.12", "python3.12"),
        ("/opt/python", "/opt/python"), ("~/env/bin/python", "/home/user/env/bin/python"), ("stub", "HERE/stub"),
    ])
    func `python is an interpreter or an environment's folder`(written: String, program: String) throws {
        _ = try project.temporary.write("", to: "env/bin/python")
        _ = try project.temporary.write("", to: "stub")
        let started = try project.program(try project.file("trl", "python: \(written)").specification)
        #expect(project.plain(started.command[0]) == program)
    }

    @Test func `shell lines come before it, in the shell that becomes it`() throws {
        let study = try project.file("trl", "setup: [module load cuda, 'export A=\"1 2\"']").specification
        let command = try project.program(study).command
        #expect(Array(command[..<4]) == ["/bin/bash", "-c", "set -e\nmodule load cuda\nexport A=\"1 2\"\nexec \"$@\"", "bash"])
        #expect(command[4] == "python3" && command[5].hasSuffix("/bridge.py"))
    }

    @Test func `several devices a trial are processes of torchrun`() throws {
        var study = try project.file("axolotl").specification
        study.devices = DeviceRequest(.auto, perTrial: 2)
        let command = try project.program(study).command
        #expect(
            Array(command[..<5]) == ["python3", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"])
        #expect(command[5].hasSuffix("/bridge.py"))
        study.devices = DeviceRequest(.auto, perTrial: 0.5)
        #expect(try project.program(study).command[1].hasSuffix("/bridge.py"))
    }

    // MARK: - Data

    private static let rows: [(row: String, kind: DataKind)] = [
        (#"{"prompt": "a", "completion": "b"}"#, .completions),
        (#"{"messages": [{"role": "user", "content": "a"}]}"#, .messages),
        (#"{"text": "a"}"#, .text), (#"{"text": "a", "label": 1}"#, .text),
    ]

    @Test func `what the rows are is told from the first one`() throws {
        for (row, kind) in Self.rows {
            let project = try ExternalProject(row: "\n" + row)
            let study = try project.file("trl").specification
            let settings = try ExternalSettings(["r": .int(8)], in: study, .trl)
            #expect(try DataKind.of(settings, for: .trl) == kind)
        }
    }

    @Test func `each kind has its way in each trainer`() throws {
        let wanted: [(String, DataKind, String)] = [
            ("trl", .completions, "completion_only_loss: true\n"), ("trl", .messages, "completion_only_loss: true\n"),
            ("trl", .text, "completion_only_loss: false\n"), ("llama-factory", .text, "stage: pt\n"),
            ("llama-factory", .messages, "stage: sft\n"), ("axolotl", .messages, "    type: chat_template\n"),
            ("axolotl", .text, "    type: completion\n"),
            ("axolotl", .completions, "    type:\n      field_instruction: prompt\n"),
            ("axolotl", .completions, "train_on_inputs: false\n"), ("llama-factory", .completions, "train_on_prompt: false\n"),
        ]
        for (type, kind, text) in wanted {
            let project = try ExternalProject(row: try #require(Self.rows.first { $0.kind == kind }).row)
            let configuration = project.configuration(try project.program(try project.file(type).specification))
            #expect(configuration.contains(text), "\(type): \(configuration)")
        }
        let chats = try ExternalProject(row: Self.rows[1].row)
        let program = try chats.program(try chats.file("llama-factory").specification)
        #expect(
            program.files["dataset_info.json"]?.contains(#""formatting" : "sharegpt""#) == true,
            "\(program.files["dataset_info.json"] ?? "")")
        let whole = try chats.file("trl", "assistant_only_loss: false").specification
        #expect(chats.configuration(try chats.program(whole)).contains("completion_only_loss: false\n"))
    }

    @Test func `a table's header tells as well`() throws {
        _ = try project.temporary.write("\u{FEFF}\"prompt\";\"completion\"\n1;2\n", to: "t.csv")
        let file = try project.file(
            section: "{type: trl, model: model, train: t.csv, validation: t.csv, separator: ';'}")
        let settings = try ExternalSettings(["r": .int(8)], in: file.specification, .trl)
        #expect(try DataKind.of(settings, for: .trl) == .completions)
    }

    @Test(arguments: [
        (
            "{\"question\": 1}",
            "train.jsonl:1: its rows have question; TRL needs messages, prompt and completion, or text for task causal-lm"
        ),
        ("\n[1]", "train.jsonl:2: found no JSON object"), ("{", "train.jsonl:1:"), (" ", "train.jsonl: there is no row in it"),
    ])
    func `rows that fit no task are refused with file and line, before the run and at a launch`(row: String, words: String)
        throws
    {
        let project = try ExternalProject(row: row)
        let file = try project.file("trl")
        let error = #expect(throws: SpaceFileError.self) {
            _ = try TrainerListOf.trl.preflight(file.specification, file, environment: [:])
        }
        let refused = error.map { project.plain($0.description) } ?? "accepted"
        #expect(refused.hasPrefix("space.yaml:3:") && refused.contains(words), "\(refused)")
        #expect(throws: TrainerSettingsError.self) { try project.program(file.specification) }
    }

    @Test(arguments: [
        (#"{"prompt": "a", "completion": "b"}"#, "sequence-classification", "; should task: causal-lm be meant?"),
        (#"{"text": "a"}"#, "sequence-classification", "; should task: causal-lm be meant?"),
        (#"{"question": "a"}"#, "sequence-classification", nil), (#"{"question": "a"}"#, "causal-lm", nil),
    ])
    func `rows that fit another task of the trainer are told of it`(row: String, task: String, hint: String?) throws {
        let project = try ExternalProject(row: row)
        let file = try project.file("peft", "task: \(task)")
        let error = #expect(throws: SpaceFileError.self) {
            _ = try ExternalTrainer(.peft).preflight(file.specification, file, environment: [:])
        }
        let refused = error.map { project.plain($0.description) } ?? "accepted"
        #expect(refused.contains("train.jsonl:1: its rows have") && refused.contains("for task \(task)"), "\(refused)")
        #expect(hint.map { refused.hasSuffix($0) } ?? !refused.contains("should task"), "\(refused)")
    }

    @Test func `files of two kinds are refused, and a missing one`() throws {
        _ = try project.temporary.write("{\"text\": \"a\"}\n", to: "validation.jsonl")
        let file = try project.file("trl")
        let error = #expect(throws: TrainerSettingsError.self) { try project.program(file.specification) }
        #expect(error?.setting == "validation" && error?.problem.contains("its rows are texts, and those of") == true)
        try FileManager.default.removeItem(atPath: project.folder + "/validation.jsonl")
        let missing = #expect(throws: SpaceFileError.self) {
            _ = try TrainerListOf.trl.preflight(file.specification, file, environment: [:])
        }
        #expect(missing?.problem.hasPrefix("validation: there is no ") == true)
        #expect(project.refusal("trl")?.contains("validation") != true)
    }
}

enum TrainerListOf {
    static let trl = ExternalTrainer(.trl)
}
