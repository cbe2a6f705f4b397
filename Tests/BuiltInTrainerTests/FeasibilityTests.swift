import Backbones
import Finetuning
import Foundation
import Methods
import SearchSpaces
import SpaceFiles
import Tasks
import TestSupport
import Testing
import TrainerSettings
import Trainers

@testable import BuiltInTrainer

@Suite struct FeasibilityTests {
    private let temporary: TemporaryFolder
    private let head = ClassificationHead(labels: ["a", "b", "c"])

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.addTinyModel()
    }

    private func file(_ more: String = "") throws -> SpaceFile {
        let text = """
            metric: {name: eval_loss, goal: minimize}
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_length: 16, max_steps: 4}
            parameters:
              r: {values: [1, 2, 4, 8]}
              target_modules: {values: [[query, value], all-linear]}
              layers_to_transform: {values: [all, last-1]}
              learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}
              lora_alpha: {min: 1, max: 64}

            """
        return try SpaceFile(
            text: text + more, SpaceFilePlace(file: "space.yaml", folder: temporary.path),
            trainers: TrainerList.standard.types)
    }

    private func drawn(_ study: StudySpecification, _ count: Int = 300) -> [Assignment] {
        var generator = SeededGenerator(study.seed, 9)
        return (0..<count).map { _ in study.space.sample(using: &generator) }
    }

    @Test func `an adapter's size is that of its whole settings, whatever else they say`() throws {
        let study = try file().specification
        let feasibility = Feasibility(study, head: head)
        for assignment in drawn(study) {
            let settings = try TrainerSettings(assignment, in: study)
            let size = try AdapterSize(
                of: TuningMethods.method(settings), head, on: Architectures.configuration(of: settings.model))
            #expect(feasibility.adapterSize(of: assignment) == size)
        }
    }

    @Test func `schedules that hang together are proposed where they do, and memory does not hang on them`() throws {
        let text = """
            metric: {name: eval_loss, goal: minimize}
            trainer:
              {model: model, train: train.jsonl, validation: train.jsonl, max_length: 16, max_steps: 1000,
               lr_scheduler_type: warmup_stable_decay}
            parameters:
              warmup_steps: {values: [10, 600]}
              num_decay_steps: {values: [50, 500]}

            """
        let file = try SpaceFile(
            text: text, SpaceFilePlace(file: "space.yaml", folder: temporary.path), trainers: TrainerList.standard.types)
        let study = file.specification
        let feasibility = Feasibility(study, head: head)
        let memory = StudyMemory(study)
        for (rise, fall) in [(10, 50), (10, 500), (600, 50), (600, 500)] {
            let assignment: Assignment = ["warmup_steps": .int(rise), "num_decay_steps": .int(fall)]
            #expect(feasibility.isFeasible(assignment) == (rise + fall <= 1000))
            #expect(memory.plan(of: assignment) != nil)
        }
        for seed in 0..<8 {
            var other = study
            other.seed = seed
            _ = try LoRAPreflight(other, file: file).run()
        }
    }

    @Test func `a configuration is feasible where its adapter keeps the limits`() throws {
        let study = try file("constraints: {trainable_parameters: {max: 700}, eval_accuracy: {min: 0.9}}\n").specification
        let feasibility = Feasibility(study, head: head)
        let assignments = drawn(study)
        let feasible = assignments.filter(feasibility.isFeasible)
        #expect(!feasible.isEmpty && feasible.count < assignments.count)
        for assignment in assignments {
            let size = try #require(feasibility.adapterSize(of: assignment))
            #expect(feasibility.isFeasible(assignment) == (size.trainableParameters <= 700))
        }
    }

    @Test func `what cannot be told is left to the trial`() throws {
        var study = try file("constraints: {adapter_bytes: {max: 1}}\n").specification
        #expect(!Feasibility(study, head: head).isFeasible(drawn(study, 1)[0]))
        study.trainer.settings["model"] = .string("gone")
        #expect(Feasibility(study, head: head).isFeasible(drawn(study, 1)[0]))
    }

    @Test func `a preflight reads the model, the tokenizer and the data, and tells what trials take on the disk`() throws {
        let file = try file("constraints: {trainable_parameters: {max: 700}}\n")
        let findings = try LoRATrainer().preflight(file.specification, file, environment: [:])
        #expect(findings.read.map(\.kind) == ["model", "tokenizer"])
        #expect(findings.read[0].text.hasPrefix("bert of 3 layers"), "\(findings.read)")
        #expect(Set(findings.data.map(\.kind)).isSuperset(of: ["texts"]), "\(findings.data)")
        let assignments = drawn(file.specification)
        #expect(assignments.contains(where: findings.isFeasible) && !assignments.allSatisfy(findings.isFeasible))
        let disk = try #require(findings.disk())
        // Three checkpoints of a value and two moments, 4 bytes each, of an adapter within the limit.
        #expect(disk.checkpointRunning <= 3 * 12 * 700 && disk.checkpointRunning % 36 == 0)
        #expect(disk.checkpointWaiting * 3 == disk.checkpointRunning * 2)
        let text = DiskEstimate(disk, of: file.specification, waiting: 0).text
        #expect(text.contains("the mean of 200 configurations drawn"))
    }

    @Test func `a length that the model has no positions for is refused where it stands`() throws {
        let file = try SpaceFile(
            text: """
                metric: {name: eval_loss, goal: minimize}
                trainer: {model: model, train: train.jsonl, validation: train.jsonl}
                parameters:
                  max_length: {values: [16, 9999]}

                """, SpaceFilePlace(file: "space.yaml", folder: temporary.path), trainers: TrainerList.standard.types)
        let error = #expect(throws: SpaceFileError.self) {
            try LoRATrainer().preflight(file.specification, file, environment: [:])
        }
        #expect(error?.position == Position(line: 4, column: 29))
        #expect(error?.problem.hasPrefix("max_length: found 9999, the model takes at most") == true)
    }
}
