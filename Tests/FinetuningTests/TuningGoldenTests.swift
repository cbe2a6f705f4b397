import Checkpoints
import Foundation
import Layers
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct TuningGoldenTests {
    /// Starts as peft did.
    private static func start(_ model: TunedModel, as golden: [String: [Float]]) throws {
        #expect(golden.keys.filter { $0.hasPrefix("start.") }.count == model.parameters.entries.count)
        for entry in model.parameters.entries {
            let named = model.method.fileName(entry.name, on: model.configuration)
            let start = try #require(golden["start." + entry.name] ?? golden["start." + named], "\(entry.name)")
            #expect(start.count == entry.range.count)
            for (place, value) in zip(entry.range, start) { model.parameters.values[place] = value }
        }
    }

    @Test(arguments: TuningFixture.all, [ModelUse.training, .checkpointing])
    func `the first logits and the losses of thirty steps are peft's`(fixture: TuningFixture, use: ModelUse) throws {
        let (settings, golden) = (try fixture.settings(), try fixture.golden())
        let model = try fixture.model(TuningMethods.method(settings), use: use)
        try Self.start(model, as: golden)
        func expected(_ name: String) throws -> [Float] {
            try fixture.outputs(of: golden[name] ?? [], virtualTokens: model.method.virtualTokenCount)
        }
        #expect(try difference(fixture.outputs(model), expected("first")) < 1e-4)
        let optimizer = Optimizer(model.parameters, weightDecay: settings.weightDecay, maxGradNorm: settings.maxGradNorm)
        let losses = try #require(golden["losses"])
        #expect(losses.count == 30 && losses[29] < losses[0])
        let (batch, targets) = try fixture.batch()
        for (step, expected) in losses.enumerated() {
            let loss = try model.trainStep(batch, targets: targets, dropoutSeed: 0)
            #expect(abs(loss - expected) < 1e-3, "step \(step)")
            _ = optimizer.update(step: step + 1, learningRate: settings.learningRate)
        }
        #expect(try difference(fixture.outputs(model), expected("last")) < 5e-3)
    }

    @Test(arguments: TuningFixture.all)
    func `an adapter of peft's gives its logits here`(fixture: TuningFixture) throws {
        let golden = try fixture.golden()
        let method = try TuningMethods.method(of: AdapterFolder(fixture.adapter))
        try TrainedAdapter(fixture.adapter).verify(isOurs: false)
        let model = try fixture.model(method, initAdapter: fixture.adapter)
        let expected = try fixture.outputs(of: golden["last"] ?? [], virtualTokens: method.virtualTokenCount)
        #expect(try difference(fixture.outputs(model), expected) < 1e-4)
    }

    @Test(arguments: TuningFixture.all)
    func `what is saved has peft's tensors and settings, and gives the same logits again`(fixture: TuningFixture) throws {
        let settings = try fixture.settings()
        let model = try fixture.model(TuningMethods.method(settings))
        let (batch, targets) = try fixture.batch()
        let optimizer = Optimizer(model.parameters, weightDecay: 0, maxGradNorm: 1)
        for step in 1...3 {
            _ = try model.trainStep(batch, targets: targets, dropoutSeed: 0)
            _ = optimizer.update(step: step, learningRate: 1e-2)
        }
        let outputs = try fixture.outputs(model)
        try withTemporaryFolder { folder in
            try model.saveAdapter(to: folder + "/adapter", baseModel: "tiny")
            try TrainedAdapter(folder + "/adapter").verify(isOurs: true)
            let (ours, theirs) = (AdapterFolder(folder + "/adapter"), AdapterFolder(fixture.adapter))
            var bytes = 0
            for (own, other) in [(ours.tensorFile, theirs.tensorFile), (ours.headFile ?? "", theirs.headFile ?? "")]
            where own != "" {
                #expect(
                    try SafetensorsFile(path: own).entries.mapValues(\.shape)
                        == SafetensorsFile(path: other).entries.mapValues(\.shape))
                bytes += try FileManager.default.attributesOfItem(atPath: own)[.size] as? Int ?? 0
            }
            #expect((ours.headFile == nil) == (theirs.headFile == nil) && model.size.bytes == bytes)
            // AdapterHub asks for a floating-point number, and takes no 1 for one.
            let text = try String(contentsOfFile: ours.configurationFile, encoding: .utf8)
            #expect(text.contains(/"scaling" ?: 1\.0,/) == fixture.isBottleneck)
            var config = try AdapterFiles.json(ours.configurationFile)
            let wanted = try AdapterFiles.json(theirs.configurationFile)
            // AdapterHub takes what else it finds for nothing.
            if wanted["peft_type"] == nil {
                for key in [
                    "peft_type", "task_type", "inference_mode", "base_model_name_or_path", "revision", "modules_to_save",
                    "model_class",
                ] {
                    config[key] = nil
                }
            }
            #expect(Set(config.keys).isSubset(of: wanted.keys), "a key that peft does not know")
            let lists = ["target_modules", "feedforward_modules", "exclude_modules", "modules_to_save"]
            for (key, value) in config where !lists.contains(key) { #expect(value == wanted[key], "\(key)") }
            if settings.excludedModules == nil {
                for key in lists.prefix(2) { #expect(config[key] == wanted[key], "\(key)") }
            }
            let method = try TuningMethods.method(of: AdapterFolder(folder + "/adapter"))
            let again = try fixture.model(method, initAdapter: folder + "/adapter")
            #expect(try difference(fixture.outputs(again), outputs) < 1e-5)
        }
    }

    /// Each tensor is moved along a random direction of its own.
    @Test(arguments: TuningFixture.all)
    func `gradients are the loss's slopes by differences`(fixture: TuningFixture) throws {
        let model = try fixture.model(TuningMethods.method(fixture.settings()))
        let golden = try fixture.golden()
        try Self.start(model, as: golden)
        let (batch, targets) = try fixture.batch()
        func plainLoss() throws -> Double { Double(try model.trainStep(batch, targets: targets, dropoutSeed: 0)) }
        for i in model.parameters.gradients.indices { model.parameters.gradients[i] = 1000 }
        _ = try plainLoss()
        let gradients = Array(model.parameters.gradients)
        for (number, entry) in model.parameters.entries.enumerated() {
            var random = RandomSource(seed: UInt64(number))
            let direction = entry.range.map { _ in Float(random.normal()) }
            let start = Array(model.parameters.values[entry.range])
            func loss(at distance: Float) throws -> Double {
                for (i, at) in entry.range.enumerated() { model.parameters.values[at] = start[i] + distance * direction[i] }
                return try plainLoss()
            }
            // ReLU has corners, which a step may cross: there the gradient is compared with the golden one too.
            let hasCorners = fixture.name.contains("ptuning") || fixture.name.contains("pfeiffer")
            let slopes = try [3e-4, 1e-3, 2e-3].map { (step: Float) in
                (try loss(at: step) - loss(at: -step)) / Double(2 * step)
            }
            _ = try loss(at: 0)
            let analytic = zip(entry.range, direction).reduce(0.0) { $0 + Double(gradients[$1.0]) * Double($1.1) }
            let size = entry.range.reduce(0.0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }.squareRoot()
            let apart = slopes.map { abs($0 - analytic) }.min() ?? .infinity
            #expect(apart / max(size, 0.05) < (hasCorners ? 0.1 : 0.02), "\(entry.name)")
            let named = model.method.fileName(entry.name, on: model.configuration)
            let plain = String(entry.name.dropFirst(ParameterSpec.fullName("").count))
            if let wanted = golden["gradient." + plain] ?? golden["gradient." + named] {
                let scale = wanted.map(abs).max() ?? 0
                #expect(zip(gradients[entry.range], wanted).allSatisfy { abs($0 - $1) < 1e-4 * scale }, "\(entry.name)")
            }
        }
    }

    /// Threads compute parts of a batch, each with gradients of its own.
    @Test(arguments: TuningFixture.all)
    func `several threads give the same loss and gradients`(fixture: TuningFixture) throws {
        var found: [(loss: Float, gradients: [Float])] = []
        let (batch, targets) = try fixture.batch()
        for threads in [1, 3] {
            let model = try fixture.model(TuningMethods.method(fixture.settings()))
            model.threads = threads
            try Self.start(model, as: fixture.golden())
            let loss = try model.trainStep(batch, targets: targets, dropoutSeed: 0)
            found.append((loss, Array(model.parameters.gradients)))
        }
        #expect(abs(found[0].loss - found[1].loss) < 1e-5 && difference(found[0].gradients, found[1].gradients) < 1e-5)
    }
}
