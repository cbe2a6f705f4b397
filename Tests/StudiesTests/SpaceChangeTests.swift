import SearchSpaces
import Studies
import Testing
import TrainerSettings

@Suite struct SpaceChangeTests {
    private static let space: [Parameter] = [
        Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)),
        Parameter(name: "r", distribution: .categorical([.int(4), .int(8)], probabilities: nil)),
        Parameter(
            name: "lora_alpha", distribution: .uniform(min: 1, max: 2),
            condition: .init(parameter: "r", values: [.int(8)])),
    ]
    private static let trainer: [String: SettingValue] = [
        "model": .string("model"), "train": .string("data.jsonl"), "validation": .string("/data.jsonl"),
        "batch_size": .int(8),
    ]
    private let history = History(
        goal: .minimize,
        trials: [
            Trial(id: Trial.ID(0), assignment: ["learning_rate": .double(0.9), "r": .int(4)]),
            Trial(id: Trial.ID(1), assignment: ["learning_rate": .double(0.1), "r": .int(8), "lora_alpha": .double(1.5)]),
        ])

    private func specification(_ change: (inout StudySpecification) -> Void = { _ in }) -> StudySpecification {
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "loss", goal: .minimize), trainer: .lora(Self.trainer),
            space: SearchSpace(Self.space), folder: "/")
        change(&specification)
        return specification
    }

    private func refusal(_ change: (inout StudySpecification) -> Void) -> String? {
        SpaceChange(from: specification(), to: specification(change)).refusal(keeping: history)
    }

    private func trained(_ change: (inout [String: SettingValue]) -> Void) -> String? {
        refusal {
            var settings = Self.trainer
            change(&settings)
            $0.trainer = .lora(settings)
        }
    }

    private func replacing(_ name: String, _ parameters: Parameter...) -> SearchSpace {
        SearchSpace(Self.space.filter { $0.name != name } + parameters)
    }

    @Test func `wider ranges, more choices and other limits keep the history`() {
        #expect(refusal { _ in } == nil)
        #expect(
            refusal {
                $0.space = replacing("learning_rate", Parameter(name: "learning_rate", distribution: .uniform(min: -1, max: 3)))
            } == nil)
        let more = Distribution.categorical([.int(2), .int(4), .int(8), .int(16)], probabilities: nil)
        #expect(refusal { $0.space = replacing("r", Parameter(name: "r", distribution: more)) } == nil)
        // Narrower, yet nothing tried is lost.
        #expect(
            refusal {
                $0.space = replacing(
                    "learning_rate", Parameter(name: "learning_rate", distribution: .uniform(min: 0.1, max: 0.9)))
            } == nil
        )
        #expect(
            refusal {
                ($0.method, $0.runCap, $0.workers, $0.timeCap) = (.gp, 99, 3, 60)
                $0.metric.target = 0.1
            } == nil)
    }

    @Test func `the same said in other words is the same`() {
        #expect(trained { $0["lr_scheduler_type"] = .string("linear") } == nil)
        #expect(trained { $0["train"] = .string("//data.jsonl") } == nil)
        #expect(trained { ($0["threads"], $0["prefix_cache"]) = (.int(1), .string("off")) } == nil)
    }

    @Test func `what the trials were compared by cannot change`() {
        #expect(
            refusal { $0.metric.goal = .maximize } == "metric: found maximize loss, the trials were compared by minimize loss")
        #expect(refusal { $0.seed = 4 } == "seed: found 4, the trials were trained with 0")
        #expect(refusal { $0.earlyTermination = .median(warmUp: 1, startUpTrials: 2) }?.hasPrefix("early_terminate: ") == true)
        #expect(
            trained { $0["batch_size"] = .int(16) }
                == "trainer: batch_size: found 16, trial 0 was trained with 8")
        #expect(trained { $0["max_steps"] = .int(1) } == "trainer: max_steps: found 1, trial 0 was trained with nothing")
        #expect(
            trained { $0["init_adapter"] = .string("/adapter") }
                == "trainer: init_adapter: found /adapter, trial 0 was trained with nothing")
        #expect(refusal { $0.warmStart.studies = ["other"] }?.hasPrefix("warm_start: ") == true)
        #expect(refusal { $0.trainer = .command(["x"], program: nil) }?.hasPrefix("trainer: differs") == true)
    }

    @Test func `a project that was moved keeps the history, and what is elsewhere now is told`() {
        #expect(refusal { $0.folder = "/other" } == nil)
        func moved(isThere: Bool) -> String? {
            var settings = Self.trainer
            settings["model"] = .string("/elsewhere")
            return SpaceChange(
                from: specification(), to: specification { $0.trainer = .lora(settings) },
                areTwoFiles: { $0 == "//model" && $1 == "/elsewhere" && isThere }
            ).refusal(keeping: history)
        }
        #expect(moved(isThere: false) == nil)
        #expect(moved(isThere: true) == "trainer: model: found /elsewhere, trial 0 was trained with //model")
        func moves(_ change: (inout StudySpecification) -> Void) -> [String] {
            SpaceChange(from: specification(), to: specification(change)).moves
        }
        #expect(moves { $0.runCap = 9 }.isEmpty)
        let moved = moves {
            $0.folder = "/other"
            $0.trainer = .lora(Self.trainer.merging(["model": .string("/elsewhere")]) { $1 })
        }
        #expect(moved == ["trials start in /other, before in /", "model is /elsewhere, before model"])
    }

    @Test func `the seed is the study's own, whatever its first file said`() {
        // The file said 0; `run --seed 5` had the last word.
        func refusal(_ seed: Int, given: Bool = true) -> String? {
            SpaceChange(from: specification(), to: specification { $0.seed = seed }, seed: 5, givesSeed: given)
                .refusal(keeping: history)
        }
        #expect(refusal(5) == nil)
        #expect(refusal(0) == nil)
        #expect(refusal(3, given: false) == nil)
        #expect(refusal(3) == "seed: found 3, the trials were trained with 5")
    }

    @Test func `a space that a trial there is could not have come from is refused with that trial`() {
        #expect(
            refusal {
                $0.space = replacing(
                    "learning_rate", Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 0.5)))
            }
                == "parameters: learning_rate: leaves out 0.9, which trial 0 has")
        #expect(
            refusal {
                $0.space = replacing(
                    "r", Parameter(name: "r", distribution: .categorical([.int(4), .int(16)], probabilities: nil)))
            }?
            .hasSuffix("which trial 1 has") == true)
        #expect(refusal { $0.space = replacing("learning_rate") } == "parameters: learning_rate is missing, and trial 0 has it")
        #expect(
            refusal { $0.space = replacing("", Parameter(name: "decay", distribution: .uniform(min: 0, max: 1))) }
                == "parameters: decay is new, and trial 0 has no value of it")
        let free = Parameter(name: "lora_alpha", distribution: .uniform(min: 1, max: 2))
        #expect(
            refusal { $0.space = replacing("lora_alpha", free) }
                == "parameters: lora_alpha is new, and trial 0 has no value of it")
        let other = Parameter(
            name: "lora_alpha", distribution: .uniform(min: 1, max: 2), condition: .init(parameter: "r", values: [.int(4)]))
        #expect(refusal { $0.space = replacing("lora_alpha", other) }?.hasPrefix("parameters: lora_alpha") == true)
    }
}
