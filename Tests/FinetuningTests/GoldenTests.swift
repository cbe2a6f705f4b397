import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

@Suite struct GoldenTests {
    @Test(arguments: Fixture.all, Kernels.available)
    func `logits, loss and every gradient are PEFT's`(fixture: Fixture, kernels: Kernels) throws {
        try fixture.withModel { folder in
            let classifier = try TunedModel(
                modelFolder: folder, labels: Fixture.labels, lora: fixture.lora, seed: 1, initAdapter: fixture.folder,
                kernels: kernels)
            let logits = try classifier.logits(Fixture.batch)
            #expect(difference(logits, try fixture.golden("logits")) < 1e-5)
            let loss = try classifier.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0)
            #expect(difference([loss], try fixture.golden("loss")) < 1e-5)
            for entry in classifier.parameters.entries {
                let expected = try fixture.golden("gradient." + entry.name)
                #expect(difference(classifier.parameters.gradients[entry.range], expected) < 2e-5, "\(entry.name)")
            }
        }
    }

    @Test(arguments: Fixture.all)
    func `an adapter saved and read again is the same, and PEFT's own folder is read`(fixture: Fixture) throws {
        try fixture.withModel { model in
            let first = try TunedModel(
                modelFolder: model, labels: Fixture.labels, lora: fixture.lora, seed: 1, initAdapter: fixture.folder)
            try withTemporaryFolder { folder in
                try first.saveAdapter(to: folder, baseModel: "tiny-bert")
                let second = try TunedModel(
                    modelFolder: model, labels: Fixture.labels, lora: fixture.lora, seed: 2, initAdapter: folder)
                #expect(Array(first.parameters.values) == Array(second.parameters.values))
                let ours = try SafetensorsFile(path: folder + "/adapter_model.safetensors")
                let theirs = try SafetensorsFile(path: fixture.folder + "/adapter_model.safetensors")
                #expect(ours.entries.mapValues(\.shape) == theirs.entries.mapValues(\.shape))
                #expect(ours.metadata["format"] == "pt" && ours.metadata.count == 2 && ours.isAsSealed)
            }
        }
    }

    @Test(arguments: Fixture.encoders)
    func `the losses of thirty steps are PEFT's`(fixture: Fixture) throws {
        let model = try TunedModel(
            modelFolder: fixture.base, labels: Fixture.labels, lora: fixture.lora, seed: 1, initAdapter: fixture.folder)
        let parameters = model.parameters
        let moments = (FloatStorage(count: parameters.count), FloatStorage(count: parameters.count))
        let golden = try fixture.golden("losses")
        #expect(golden.count == 30 && golden[29] < golden[0])
        for (step, expected) in golden.enumerated() {
            let loss = try model.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0)
            #expect(abs(loss - expected) < 1e-3, "step \(step): \(loss), PEFT \(expected)")
            adamW(
                values: parameters.values, gradients: UnsafeBufferPointer(parameters.gradients),
                firstMoments: moments.0.values, secondMoments: moments.1.values, step: step + 1, learningRate: 5e-3,
                weightDecay: 0)
        }
    }

    @Test(arguments: Fixture.all)
    func `the parameters are counted as PEFT counts them, without reading the weights`(fixture: Fixture) throws {
        let model = try Architectures.configuration(of: fixture.base)
        let counted = try AdapterSize(of: fixture.lora, on: model, labelCount: 3).trainableParameters
        let config = try AdapterFiles.json(fixture.folder + "/adapter_config.json")
        #expect(config["trainable_parameters_of_the_fixture"]?.integer == counted)
    }
}
