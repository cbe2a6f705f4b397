import Layers
import Methods
import Tensors
import Testing

@testable import Finetuning

/// The gradients of every variant of LoRA beside differences of the loss, in whole models.
@Suite struct MethodGradientTests {
    @Test(arguments: MethodFixture.all, [1, 2])
    func `every gradient is the loss's slope by differences, whatever the start`(fixture: MethodFixture, threads: Int) throws {
        let model = try fixture.model(TuningMethods.method(fixture.settings()))
        model.threads = threads
        // Where B is zero, A has no gradient.
        var random = RandomSource(seed: 4)
        for i in model.parameters.values.indices { model.parameters.values[i] += Float(0.1 * random.normal()) }
        let lora = model.method as? LoRAConfiguration
        let (isDecomposed, freezesA) = (lora?.isDecomposed == true, lora?.freezesA == true)
        let found = try slopeDifferences(model) {
            Double(try model.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0))
        }
        // DoRA takes the rows' lengths for constants in the backward: DecomposedDeltaTests hold A and B with these held.
        for (name, difference) in found where !(isDecomposed && name.contains(".lora_") && !name.hasSuffix("vector")) {
            if freezesA && name.contains(".lora_A.") { continue }
            #expect(difference < 2e-2, "\(name)")
        }
        #expect(!found.isEmpty)
    }
}
