import SearchSpaces
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
}
