import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

@testable import Trainers

struct CommandBatchTests {
    private func settings(_ names: [String]) -> BatchSettings? {
        let parameters = names.map { name in
            Parameter(
                name: name, distribution: .categorical([.int(1), .int(2)], probabilities: nil), conditions: [],
                path: name.split(separator: ".").map(String.init))
        }
        let study = StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), trainer: TrainerSpecification(type: "command"),
            space: SearchSpace(parameters), folder: "")
        return CommandTrainer().batchSettings(in: study)
    }

    @Test func `a program's batch can be halved where its accumulation is a parameter too`() {
        #expect(settings(["batch_size"]) == nil)
        #expect(settings(["gradient_accumulation_steps"]) == nil)
        #expect(settings(["lr", "batch_size", "gradient_accumulation_steps"]) == BatchSettings())
        #expect(
            settings(["train.micro_batch_size", "train.grad_accumulation_steps"])
                == BatchSettings(batch: "train.micro_batch_size", accumulation: "train.grad_accumulation_steps"))
    }

    private func external(_ type: String, _ given: [String: SettingValue]) -> BatchSettings? {
        let study = StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), trainer: TrainerSpecification(type: type, settings: given),
            space: SearchSpace([]), folder: "")
        return ExternalTrainer.all.first { $0.type == type }?.batchSettings(in: study)
    }

    @Test(arguments: ["trl", "llama-factory", "axolotl", "peft", "mlx-lm"])
    func `so can that of the external trainers, and with a file of the user's own where it says both`(type: String) {
        #expect(external(type, [:])?.defaultBatch == 32)
        #expect(external(type, [:])?.keepsCheckpoints == (type != "mlx-lm"))
        #expect(external(type, ["base": .string("own.yaml"), "batch_size": .int(8)]) == nil)
        let both: [String: SettingValue] = [
            "base": .string("own.yaml"), "batch_size": .int(8), "gradient_accumulation_steps": .int(2),
        ]
        #expect(external(type, both) != nil)
    }
}
