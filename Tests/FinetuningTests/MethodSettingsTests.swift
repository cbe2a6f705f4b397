import Methods
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct MethodSettingsTests {
    @Test func `the adapter is what the settings say`() throws {
        let settings = try TinyModel().settings([
            "target_modules": .string("all-linear"), "layers_to_transform": .string("last-2"),
        ])
        let lora = LoRAConfiguration(settings)
        #expect(lora == LoRAConfiguration(rank: 4, alpha: 8, dropout: 0.1, targets: .allLinear, layers: .last(2)))
    }
}
