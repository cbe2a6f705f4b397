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
    private let studies: TinyStudies
    private var head: ClassificationHead { studies.head }

    init() throws { studies = try TinyStudies() }

    private func file(_ more: String = "") throws -> SpaceFile {
        try studies.file(
            """
            r: {values: [1, 2, 4, 8]}
            target_modules: {values: [[query, value], all-linear]}
            layers_to_transform: {values: [all, last-1]}
            learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}
            lora_alpha: {min: 1, max: 64}
            """, more: more)
    }

    private func drawn(_ study: StudySpecification, _ count: Int = 300) -> [Assignment] { studies.drawn(study, count) }

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
        let file = try studies.file(
            "warmup_steps: {values: [10, 600]}\nnum_decay_steps: {values: [50, 500]}",
            trainer: ", max_length: 16, max_steps: 1000, lr_scheduler_type: warmup_stable_decay")
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
            let warnings = try LoRAPreflight(other, file: file).run().warnings
            #expect(warnings.contains { $0.hasPrefix("no trial has warmup_steps 600 together with num_decay_steps 500: ") })
        }
    }

    @Test func `a schedule whose end is counted in steps is held against a training by epochs`() throws {
        func file(_ steps: Int) throws -> SpaceFile {
            try studies.file(
                "num_train_epochs: {values: [1, 50]}",
                trainer: ", max_length: 16, batch_size: 4, lr_scheduler_type: warmup_stable_decay, num_decay_steps: \(steps)")
        }
        let findings = try LoRATrainer().preflight(file(60).specification, file(60), environment: [:])
        #expect(findings.isFeasible(["num_train_epochs": .int(50)]) && !findings.isFeasible(["num_train_epochs": .int(1)]))
        let error = #expect(throws: SpaceFileError.self) {
            try LoRATrainer().preflight(file(999_999).specification, file(999_999), environment: [:])
        }
        #expect(error?.problem.contains("999999 steps in which the rate falls") == true, "\(error?.problem ?? "")")
    }

    @Test func `values that no trial can have together are not proposed, and told`() throws {
        let file = try studies.file(
            """
            rank_allocation: {values: [uniform, probe, cut]}
            init_lora_weights: {values: [true, gaussian, orthogonal]}
            r: {values: [4, 100]}
            """)
        let study = file.specification
        let findings = try LoRATrainer().preflight(study, file, environment: [:])
        for (allocation, start, rank, isPossible) in [
            ("uniform", SettingValue.bool(true), 4, true), ("cut", .bool(true), 4, true),
            ("probe", .string("gaussian"), 4, true), ("cut", .string("gaussian"), 4, false),
            ("probe", .string("orthogonal"), 4, false), ("cut", .bool(true), 100, false),
            ("uniform", .string("orthogonal"), 4, true),
        ] {
            let assignment: Assignment = [
                "rank_allocation": .string(allocation), "init_lora_weights": start, "r": .int(rank),
            ]
            #expect(findings.isFeasible(assignment) == isPossible, "\(allocation) \(start) \(rank)")
        }
        for words in [
            "rank_allocation probe together with init_lora_weights orthogonal: rank_allocation: probe finds ranks that may be odd",
            "rank_allocation cut together with r 100: rank_start: 64 is less than the rank 100",
        ] {
            #expect(findings.warnings.contains { $0.contains(words) }, "\(words): \(findings.warnings)")
        }
        // Whatever is drawn, what can be run is: a study of whichever seed is checked alike.
        for seed in 0..<6 {
            var other = study
            other.seed = seed
            _ = try LoRAPreflight(other, file: file).run()
        }
    }

    @Test func `a rank that a start cannot have is not proposed`() throws {
        let study = try studies.file(
            "init_lora_weights: {values: [true, orthogonal]}\nr: {values: [2, 3]}\nrank_pattern: {values: [{key: 4}, {key: 5}]}",
            trainer: ", max_length: 16, max_steps: 4, target_modules: [query, key]"
        ).specification
        let feasibility = Feasibility(study, head: head)
        for (start, rank, pattern, isPossible) in [
            (SettingValue.bool(true), 3, 5, true), (.string("orthogonal"), 3, 4, false), (.string("orthogonal"), 2, 4, true),
            (.string("orthogonal"), 2, 5, false),
        ] {
            let assignment: Assignment = [
                "init_lora_weights": start, "r": .int(rank), "rank_pattern": .object(["key": .int(pattern)]),
            ]
            #expect(feasibility.isFeasible(assignment) == isPossible, "\(start) \(rank) \(pattern)")
        }
    }

    @Test func `trials on a cluster are judged by their job's memory, not by this machine's`() throws {
        let file = try studies.file("r: {values: [2, 4]}", trainer: ", max_length: 16, max_steps: 4")
        var study = file.specification
        let assignment: Assignment = ["r": .int(2)]
        #expect(StudyMemory(study).limit(of: assignment)?.words.hasPrefix("this machine has ") == true)
        study.cluster = SlurmRequest(cpus: 3)
        #expect(StudyMemory(study).limit(of: assignment) == nil)
        #expect(try LoRAPreflight(study, file: file).run().isFeasible(assignment))
        study.cluster = SlurmRequest(memory: 2)
        let limit = try #require(StudyMemory(study).limit(of: assignment))
        #expect(limit.bytes == 2 << 20)
        let error = #expect(throws: InputError.self) { try LoRAPreflight(study, file: file).run() }
        #expect(error?.description.contains("the runner's mem gives a job 2.1 MB") == true, "\(error?.description ?? "")")
        study.cluster = SlurmRequest(memory: 1 << 30)
        study.workers = 100_000
        #expect(StudyMemory(study).statement?.warnings == [])
    }

    @Test func `a study of which nothing can be run is refused`() throws {
        let file = try studies.file(
            "lora_dropout: {values: [0.0, 0.1]}",
            trainer: ", max_length: 16, max_steps: 4, rank_allocation: cut, target_modules: [query]")
        let warnings = try LoRATrainer().preflight(file.specification, file, environment: [:]).warnings
        #expect(!warnings.contains { $0.hasPrefix("no trial has") })
        var study = file.specification
        study.trainer.settings["rank_start"] = .int(2)
        #expect(throws: (any Error).self) { try LoRATrainer().preflight(study, file, environment: [:]) }
    }

    @Test func `each way of tuning has a rate of its own, in a group with a condition`() throws {
        func file(_ second: String) throws -> SpaceFile {
            try studies.file(
                """
                finetuning_type: {values: [lora, full]}
                lora: {parameters: {learning_rate: {when: {finetuning_type: lora}, min: 0.01, max: 0.02}}}
                full: {parameters: {\(second)}}
                """)
        }
        let study = try file("learning_rate: {when: {finetuning_type: full}, min: 0.0001, max: 0.0002}").specification
        for assignment in drawn(study, 40) {
            let (settings, isFull) = (
                try TrainerSettings(assignment, in: study), assignment["finetuning_type"] == .string("full")
            )
            #expect((isFull ? 0.0001...0.0002 : 0.01...0.02).contains(settings.learningRate))
            #expect(Feasibility(study, head: head).isFeasible(assignment))
        }
        for (second, words) in [
            ("learning_rate: {min: 0.0001, max: 0.0002}", "are both learning_rate, and one configuration can have both"),
            ("r: {when: {finetuning_type: lora}, values: [2, 4]}", "unknown setting in a group 'r'; allowed: alpha_over_r, "),
            ("learning_rate: {when: {finetuning_type: full}, min: -1.0, max: 1.0}", "space.yaml:6:"),
        ] {
            let error = #expect(throws: SpaceFileError.self) { try file(second) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func `what is wrong with a group's value is told where it stands`() throws {
        let file = try studies.file(
            """
            finetuning_type: {values: [lora, full]}
            lora: {parameters: {learning_rate: {when: {finetuning_type: lora}, values: [0.01, 0.02]}}}
            full: {parameters: {learning_rate: {when: {finetuning_type: full}, values: [0.003, 0.0001]}}}
            """)
        let preflight = LoRAPreflight(file.specification, file: file)
        let assignment: Assignment = ["finetuning_type": .string("full"), "full.learning_rate": .double(0.0001)]
        #expect(preflight.refusal(of: "learning_rate", in: assignment, "x").position == Position(line: 6, column: 86))
        // A setting of a group is found without a value too, and one that is fixed where it is.
        #expect(file.refusal(of: "learning_rate", nil, "x").position?.line == 6)
        #expect(file.refusal(of: "max_steps", nil, "x").position?.line == 2)
    }

    @Test func `values that go together at some values of what they switch on are not told as impossible`() throws {
        // The middle one that cut switches on is 8.
        let file = try studies.file(
            """
            rank_allocation: {values: [uniform, cut]}
            init_lora_weights: {values: [true, gaussian]}
            r: {values: [32, 4]}
            rank_start: {when: {rank_allocation: cut}, values: [4, 5, 8, 16, 64]}
            """)
        let warnings = try LoRATrainer().preflight(file.specification, file, environment: [:]).warnings
        #expect(!warnings.contains { $0.contains("r 32 together with rank_allocation cut") }, "\(warnings)")
        #expect(!warnings.contains { $0.contains("rank_allocation cut together with r 32") }, "\(warnings)")
        #expect(
            warnings.contains { $0.contains("rank_allocation cut together with init_lora_weights gaussian") }, "\(warnings)")
    }

    @Test func `a space in which the drawn cannot be run is refused where it was looked through, else cautioned about`() throws
    {
        func file(_ more: String) throws -> SpaceFile {
            try studies.file(
                """
                max_steps: {values: [10, 1000], probabilities: [0.9999, 0.0001]}
                num_decay_steps: {values: [5, 500], probabilities: [0.0001, 0.9999]}
                learning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}
                \(more)
                """, trainer: ", max_length: 16, lr_scheduler_type: warmup_stable_decay")
        }
        let caution = "none of 200 configurations drawn can be run, so that a search may find none; "
        // Three of four go together, and hardly ever are drawn.
        for (more, isCautioned) in [("seed: {min: 1, max: 100000}", true), ("seed: {min: 1, max: 3}", false)] {
            let file = try file(more)
            let warnings = try LoRATrainer().preflight(file.specification, file, environment: [:]).warnings
            #expect(warnings.contains { $0.hasPrefix(caution) } == isCautioned, "\(warnings)")
        }
        let short = try studies.file(
            "num_decay_steps: {values: [5, 6]}\nlearning_rate: {distribution: log_uniform_values, min: 1e-5, max: 1e-2}",
            trainer: ", max_length: 16, max_steps: 8, lr_scheduler_type: warmup_stable_decay")
        var study = short.specification
        study.trainer.settings["max_steps"] = .int(4)
        let error = #expect(throws: SpaceFileError.self) { try LoRATrainer().preflight(study, short, environment: [:]) }
        #expect(error?.problem.hasPrefix("no configuration can be run; num_decay_steps: ") == true, "\(error?.problem ?? "")")
    }

    /// What a later version refuses is proposed no more, and bars nobody from the study.
    @Test func `a study on record is looked at for what can still be proposed`() throws {
        let text = try studies.file("target_modules: {values: [[query, value], [query]]}").text
            .replacing("[query, value]", with: "[gone]")
        let place = SpaceFilePlace(file: "space.yaml", folder: studies.temporary.path, isOnRecord: true)
        let file = try SpaceFile(text: text, place, trainers: TrainerList.standard.types)
        let findings = try LoRATrainer().preflight(file.specification, file, environment: [:])
        let modules = ["gone", "query"].map { SettingValue.array([.string($0)]) }
        #expect(modules.map { findings.isFeasible(["target_modules": $0]) } == [false, true])
        let new = try SpaceFile(
            text: text, SpaceFilePlace(file: "space.yaml", folder: studies.temporary.path), trainers: TrainerList.standard.types
        )
        #expect(throws: SpaceFileError.self) { try LoRATrainer().preflight(new.specification, new, environment: [:]) }
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

    @Test func `what is fixed beside a value under a condition is looked at too`() throws {
        func preflight(_ fixed: String, _ searched: String) throws -> Preflight {
            let file = try studies.file("r: {values: [1, 2]}\n" + searched, trainer: ", " + fixed)
            return try LoRATrainer().preflight(file.specification, file, environment: [:])
        }
        let when = "when: {r: 2}, values:"
        let lengths = try preflight("max_length: 16", "max_length: {\(when) [4, 8]}").data.filter { $0.kind == "texts" }
        #expect(lengths.map { $0.text.contains("max_length 16") } == [false, false, true], "\(lengths)")
        #expect(try preflight("max_steps: 4", "max_length: {values: [4, 8]}").data.count { $0.kind == "texts" } == 2)
        let searched = "class_weights: {\(when) [none, balanced]}"
        _ = try preflight("max_length: 16, class_weights: balanced", searched)
        let error = #expect(throws: SpaceFileError.self) { try preflight("max_length: 16, class_weights: [1]", searched) }
        #expect(error?.problem.hasPrefix("class_weights: ") == true, "\(error?.description ?? "")")
    }

    @Test func `a length that the model has no positions for is refused where it stands`() throws {
        let file = try studies.file("max_length: {values: [16, 9999]}", trainer: "")
        let error = #expect(throws: SpaceFileError.self) {
            try LoRATrainer().preflight(file.specification, file, environment: [:])
        }
        #expect(error?.position == Position(line: 4, column: 29))
        #expect(error?.problem.hasPrefix("max_length: found 9999, the model takes at most") == true)
    }
}
