import Backbones
import Finetuning
import Foundation
import Methods
import Testing
import TrainerSettings

@Suite struct AdapterSizeTests {
    @Test func `counting parameters needs the model's shape alone`() throws {
        let model = try Architectures.configuration(of: Fixture.model)
        #expect(try AdapterSize(of: .init(rank: 4), on: model, labelCount: 2).trainableParameters == 6 * 4 * 64 + 2 * 33)
        #expect(throws: PlacementError.self) {
            try AdapterSize(of: .init(targets: .names(["none"])), on: model, labelCount: 2)
        }
    }

    /// Ranks whose offsets have different numbers of digits, so that the header's length differs too.
    @Test(arguments: [1, 2, 7, 33], [TrainerSettings.TargetModules.names(["query"]), .allLinear])
    func `an adapter's size is that of the file that is written`(rank: Int, targets: TrainerSettings.TargetModules) throws {
        let lora = LoRAConfiguration(rank: rank, targets: targets)
        let labels = ["bad", "good", "so-so"]
        let classifier = try TunedModel(modelFolder: Fixture.model, labels: labels, lora: lora, seed: 1)
        try withTemporaryFolder { folder in
            try classifier.saveAdapter(to: folder, baseModel: "tiny-bert")
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/adapter_model.safetensors")
            let written = (attributes[.size] as? NSNumber)?.intValue
            let model = try Architectures.configuration(of: Fixture.model)
            let size = try AdapterSize(of: lora, on: model, labelCount: labels.count)
            #expect(size.bytes == written)
            #expect(classifier.size == size)
        }
    }
}
