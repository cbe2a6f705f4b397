import FoundationEssentials
import Testing
import TrainerSettings

@testable import Finetuning

/// PEFT's losses from the same adapter on the same batches (Benchmarks/compare_with_peft.py fixture).
@Suite struct GoldenLossTests {
    private struct Case: Decodable {
        let name: String
        let settings: [String: SettingValue]
        let losses: [Double]
    }

    @Test(arguments: ["query-value", "all-linear"])
    func `each step's loss is PEFT's`(name: String) throws {
        let data = try #require(FileManager.default.contents(atPath: TinyModel.golden + "/losses.json"))
        let golden = try #require(try JSONDecoder().decode([Case].self, from: data).first { $0.name == name })
        let model = try TinyModel()
        let settings = try model.settings(
            golden.settings.merging([
                "init_adapter": .string(TinyModel.golden + "/" + name), "shuffle": .bool(false), "eval_steps": .int(1),
                "lora_dropout": .int(0), "precision": .string("fp32"),
            ]) { $1 })
        var losses: [Double] = []
        let outcome = try model.trainer(settings).run(report: { losses.append($0.loss) })
        #expect(outcome == .finished)
        try #require(losses.count == golden.losses.count && losses.count >= 10)
        for (step, (ours, theirs)) in zip(losses, golden.losses).enumerated() {
            #expect(abs(ours - theirs) < 1e-4, "step \(step + 1): \(ours), PEFT \(theirs)")
        }
    }
}
