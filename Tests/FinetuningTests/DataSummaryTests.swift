import Adapters
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct DataSummaryTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    @Test func `the data are counted without the model`() throws {
        let summary = try DataSummary(model.settings(["model": .string("/nowhere")]))
        #expect(summary.labels == ["bad", "good", "odd"])
        #expect(summary.trainingCount == 30 && summary.validationCount == 30)
        #expect(summary.testCount == nil)
        #expect(summary.stepsPerEpoch == 3)
        let whole = try model.settings(["drop_last": .bool(false), "test": .string(model.folder.path + "/train.jsonl")])
        #expect(try DataSummary(whole).stepsPerEpoch == 4)
        #expect(try DataSummary(whole).testCount == 30)
    }

    @Test(arguments: ["validation", "test"])
    func `a label that training never shows is found in every split`(split: String) throws {
        let file = try model.folder.write("text,label\na,good\nb,ugly\n", as: "other.csv")
        let settings = try model.settings([split: .string(file)])
        let error = #expect(throws: InputError.self) { try DataSummary(settings) }
        #expect(error?.place == file + ":3")
    }

    @Test func `the adapter is what the settings say`() throws {
        let settings = try model.settings(["target_modules": .string("all-linear"), "layers_to_transform": .string("last-2")])
        let lora = LoRAConfiguration(settings)
        #expect(lora == LoRAConfiguration(rank: 4, alpha: 8, dropout: 0.1, targets: .allLinear, layers: .last(2)))
    }
}
