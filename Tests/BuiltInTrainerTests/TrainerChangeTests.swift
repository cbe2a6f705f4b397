import BuiltInTrainer
import SearchSpaces
import Studies
import Testing
import TrainerSettings
import Trainers

@Suite struct TrainerChangeTests {
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
            space: SearchSpace([
                Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)),
                Parameter(name: "r", distribution: .categorical([.int(4), .int(8)], probabilities: nil)),
                Parameter(
                    name: "lora_alpha", distribution: .uniform(min: 1, max: 2),
                    condition: .init(parameter: "r", values: [.int(8)])),
            ]), folder: "/")
        change(&specification)
        return specification
    }

    private func change(
        to new: StudySpecification, areTwoFiles: @escaping @Sendable (String, String) -> Bool = { $0 != $1 }
    ) -> SpaceChange {
        SpaceChange(
            from: specification(), to: new,
            trainer: { LoRATrainer().change(from: $0, to: $1, areTwoFiles: areTwoFiles) })
    }

    private func refusal(_ change: (inout StudySpecification) -> Void) -> String? {
        self.change(to: specification(change)).refusal(keeping: history)
    }

    private func trained(_ change: (inout [String: SettingValue]) -> Void) -> String? {
        refusal {
            var settings = Self.trainer
            change(&settings)
            $0.trainer = .lora(settings)
        }
    }

    @Test func `the same said in other words is the same`() {
        #expect(trained { $0["lr_scheduler_type"] = .string("linear") } == nil)
        #expect(trained { $0["train"] = .string("//data.jsonl") } == nil)
        #expect(trained { ($0["threads"], $0["prefix_cache"]) = (.int(1), .string("off")) } == nil)
    }

    @Test func `what the trials were trained with cannot change`() {
        #expect(
            trained { $0["batch_size"] = .int(16) }
                == "trainer: batch_size: found 16, trial 0 was trained with 8")
        #expect(trained { $0["max_steps"] = .int(1) } == "trainer: max_steps: found 1, trial 0 was trained with nothing")
        #expect(
            trained { $0["init_adapter"] = .string("/adapter") }
                == "trainer: init_adapter: found /adapter, trial 0 was trained with nothing")
    }

    @Test func `a project that was moved keeps the history, and what is elsewhere now is told`() {
        #expect(refusal { $0.folder = "/other" } == nil)
        func moved(isThere: Bool) -> String? {
            var settings = Self.trainer
            settings["model"] = .string("/elsewhere")
            return change(
                to: specification { $0.trainer = .lora(settings) },
                areTwoFiles: { $0 == "//model" && $1 == "/elsewhere" && isThere }
            ).refusal(keeping: history)
        }
        #expect(moved(isThere: false) == nil)
        #expect(moved(isThere: true) == "trainer: model: found /elsewhere, trial 0 was trained with //model")
        func moves(_ change: (inout StudySpecification) -> Void) -> [String] {
            self.change(to: specification(change)).moves
        }
        #expect(moves { $0.runCap = 9 }.isEmpty)
        let told = moves {
            $0.folder = "/other"
            $0.trainer = .lora(Self.trainer.merging(["model": .string("/elsewhere")]) { $1 })
        }
        #expect(told == ["trials start in /other, before in /", "model is /elsewhere, before model"])
    }
}
