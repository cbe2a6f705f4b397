import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Trainers

/// A user's own configuration as the start of each trial's, and keys of the trainer's own.
@Suite struct ExternalBaseTests {
    private let project: ExternalProject

    init() throws { project = try ExternalProject() }

    private static let base = """
        model_name_or_path: org/their-model
        dataset_name: org/their-data
        lora_r: 32
        use_peft: true
        max_steps: 60
        eval_steps: 10
        learning_rate: 5e-5
        gradient_accumulation_steps: 4
        output_dir: their-output
        report_to: wandb
        save_steps: 5
        load_best_model_at_end: true
        neftune_noise_alpha: 5
        seed: 99

        """

    private func study(_ settings: String, parameters: String = "learning_rate: {min: 1e-5, max: 1e-4}") throws
        -> StudySpecification
    {
        _ = try project.temporary.write(Self.base, to: "their.yaml")
        return try project.file(section: "{type: trl, base: their.yaml, \(settings)}", parameters: parameters).specification
    }

    @Test func `a parameter beats the section, the section the base, and nothing else is changed but what the bridge needs`()
        throws
    {
        let study = try study("max_steps: 90, learning_rate: 1e-4")
        let text = project.configuration(try project.program(study, ["learning_rate": .double(2e-5)]))
        #expect(
            text == """
                dataset_name: org/their-data
                eval_steps: 10
                gradient_accumulation_steps: 4
                learning_rate: 2.0e-05
                load_best_model_at_end: false
                lora_r: 32
                max_steps: 90
                model_name_or_path: org/their-model
                neftune_noise_alpha: 5
                output_dir: TRIAL/output
                report_to: none
                seed: 3
                use_peft: true
                eval_strategy: steps
                save_strategy: "no"
                use_cpu: true

                """)
        let values = try ExternalTrainer(.trl).settings(for: ["learning_rate": .double(2e-5)], in: study)
        #expect(values["r"] == .int(32) && values["eval_steps"] == .int(10) && values["gradient_accumulation_steps"] == .int(4))
        #expect(values["train"] == nil && values["batch_size"] == nil && values["model"] == .string("org/their-model"))
    }

    @Test func `what would evaluate at another time, or not at all, is taken away from the base`() throws {
        let own = Self.base + "eval_on_start: true\ndo_eval: false\nsave_total_limit: 2\n"
        _ = try project.temporary.write(own, to: "own.yaml")
        let study = try project.file(
            section: "{type: trl, base: own.yaml}", parameters: "learning_rate: {min: 1e-5, max: 1e-4}"
        ).specification
        let text = project.configuration(try project.program(study, ["learning_rate": .double(2e-5)]))
        #expect(text.contains("neftune_noise_alpha: 5\n") && text.contains("eval_strategy: steps\n"), "\(text)")
        for key in ["eval_on_start", "do_eval", "save_total_limit"] { #expect(!text.contains(key), "\(text)") }
    }

    @Test func `what the base says of the length counts for rungs`() throws {
        let study = try study("")
        #expect(study.trainer.settings["max_steps"] == .int(60) && study.trainer.settings["eval_steps"] == .int(10))
        #expect(study.trainer.traits.loraRank == 32)
        #expect(TrialCost(study).reports == 6)
    }

    @Test func `a base's own way to count stays, and its batch can be halved`() throws {
        _ = try project.temporary.write(
            "base_model: a/b\ndatasets: [{path: x}]\nmax_steps: 60\nnum_epochs: 3\nmicro_batch_size: 4\nlora_r: 8\n",
            to: "their.yaml")
        var study = try project.file(
            section: "{type: axolotl, base: their.yaml}", parameters: "learning_rate: {min: 1e-5, max: 1e-4}"
        ).specification
        #expect(TrialCost(study).steps == 60...60 && study.trainer.settings["batch_size"] == .int(4))
        let assignment: Assignment = ["learning_rate": .double(2e-5)]
        let text = project.configuration(try project.program(study, assignment))
        #expect(text.contains("num_epochs: 3\n") && text.contains("micro_batch_size: 4\n") && !text.contains("adapter: lora"))
        study.trainer.settings["batch_size"] = .int(2)
        #expect(project.configuration(try project.program(study, assignment)).contains("micro_batch_size: 2\n"))
    }

    @Test func `our data take the place of the base's, which need not be named twice`() throws {
        let study = try study("train: train.jsonl, validation: validation.jsonl")
        let text = project.configuration(try project.program(study, ["learning_rate": .double(2e-5)]))
        #expect(text.contains("dataset_name: TRIAL/data\n") && text.contains("dataset_test_split: validation\n"))
    }

    @Test func `a base that a trial must not have is refused, and one that is not there or no mapping`() throws {
        func refusal(_ text: String?) throws -> String? {
            if let text { _ = try project.temporary.write(text, to: "b.yaml") }
            let name = text == nil ? "gone.yaml" : "b.yaml"
            do {
                let file = try project.file(
                    section: "{type: trl, base: \(name), model: model, train: train.jsonl, validation: validation.jsonl}")
                _ = try ExternalTrainer(.trl).preflight(file.specification, file, environment: ["PATH": "/nowhere"])
                return nil
            } catch { return project.plain("\(error)") }
        }
        #expect(try refusal(nil) == "space.yaml:3:28: base: there is no HERE/gone.yaml")
        #expect(try refusal("[1, 2]")?.hasPrefix("space.yaml:3:28: base: HERE/b.yaml") == true)
        #expect(try refusal("a: [1")?.contains("base: HERE/b.yaml:") == true)
        #expect(
            try refusal("auto_find_batch_size: true")?.contains("base: auto_find_batch_size: another configuration") == true)
        #expect(try refusal("push_to_hub: true")?.contains("base: push_to_hub: every trial would be pushed") == true)
        #expect(try refusal("push_to_hub: false")?.contains("python3 cannot be started") == true)
    }

    @Test func `a base that cannot be read is refused, and not what it would have said`() throws {
        let error = #expect(throws: SpaceFileError.self) { try project.file(section: "{type: trl, base: gone.yaml}") }
        #expect(error?.problem.hasPrefix("base: gone.yaml cannot be read") == true, "\(error?.problem ?? "")")
    }

    @Test func `alpha_over_r needs a rank that somebody gives`() throws {
        _ = try project.temporary.write("dataset_name: x/y\nmodel_name_or_path: a/b\n", to: "their.yaml")
        let error = #expect(throws: SpaceFileError.self) {
            try project.file(
                section: "{type: trl, base: their.yaml, alpha_over_r: 2}", parameters: "learning_rate: {min: 0.1, max: 0.2}")
        }
        #expect(error?.problem == "alpha_over_r: needs 'r', which neither the section nor the base gives")
    }

    // MARK: - Options

    @Test func `options are passed on, and can be searched, one within another too`() throws {
        let study = try project.file(
            "trl", "options: {packing: true, neftune_noise_alpha: 5, model_init_kwargs: {a: 1}}",
            parameters:
                "options.packing: {values: [false, true]}, options: {parameters: {model_init_kwargs.b: {values: [2, 3]}}}"
        ).specification
        let text = project.configuration(
            try project.program(study, ["options.packing": .bool(false), "options.model_init_kwargs.b": .int(3)]))
        #expect(text.contains("packing: false\n") && text.contains("neftune_noise_alpha: 5\n"), "\(text)")
        #expect(text.contains("model_init_kwargs:\n  a: 1\n  b: 3\n"), "\(text)")
        let values = try ExternalTrainer(.trl).settings(
            for: ["options.packing": .bool(false), "options.model_init_kwargs.b": .int(3)], in: study)
        #expect(
            values["options"]
                == .object([
                    "packing": .bool(false), "neftune_noise_alpha": .int(5),
                    "model_init_kwargs": .object(["a": .int(1), "b": .int(3)]),
                ]))
    }

    // MARK: - Another section

    @Test(arguments: [
        ("python: elsewhere", nil), ("setup: [true]", nil), ("learning_rate: 1e-3", "learning_rate"),
        ("options: {packing: true}", "options"),
    ])
    func `another Python changes no trial, another setting does`(settings: String, name: String?) throws {
        let old = try project.file("trl").specification
        let new = try project.file("trl", settings).specification
        let change = ExternalTrainer(.trl).change(from: old, to: new) { $0 != $1 }
        let trial = Trial(id: Trial.ID(0), assignment: ["r": .int(8)])
        #expect(change.refusal == nil)
        #expect(change.refusalOfTrial(trial)?.hasPrefix("trainer: \(name ?? ""):") ?? false == (name != nil))
    }
}
