import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// A method, or one of LoRA's variants, as peft trains it (a whole model: transformers; Benchmarks/fixtures/make_method_fixtures.py).
struct MethodFixture: Sendable, CustomTestStringConvertible {
    let name: String

    static let all = [
        "bert-rslora-patterns", "llama-rslora-patterns", "bert-loraplus", "llama-loraplus", "bert-lorafa", "llama-lorafa",
        "bert-gaussian", "bert-orthogonal",
        "llama-random", "bert-pissa", "llama-pissa", "bert-olora", "llama-olora", "bert-dora", "llama-dora", "bert-dora-pissa",
        "llama-dora-random", "bert-bias-all", "bert-bias-adapted", "bert-saved", "llama-saved", "bert-head", "bert-bitfit",
    ].map(MethodFixture.init)

    /// The others carry a head or biases alone.
    static let withRanks = all.filter { !["bert-head", "bert-bitfit"].contains($0.name) }

    static let whole = ["bert-full", "llama-full"].map(MethodFixture.init)

    var testDescription: String { name }
    var folder: String { Fixture.here + "/Fixtures/methods/" + name }
    var adapter: String { folder + "/adapter" }

    private struct Case: Decodable {
        let base: String
        let settings: [String: SettingValue]
    }

    func settings() throws -> TrainerSettings {
        let data = try #require(FileManager.default.contents(atPath: folder + "/case.json"))
        let given = try JSONDecoder().decode(Case.self, from: data)
        let base = given.base == "bert" ? Fixture.model : Fixture.here + "/../BackbonesTests/Fixtures/tiny-decoders/llama"
        return try TrainerSettings(
            values: given.settings.merging([
                "model": .string(base), "train": .string("t"), "validation": .string("v"),
            ]) { $1 })
    }

    func golden() throws -> [String: [Float]] {
        let file = try SafetensorsFile(path: folder + "/golden.safetensors")
        return try Dictionary(
            uniqueKeysWithValues: file.entries.keys.map { name in
                let tensor = try file.tensor(name)
                return (name, withExtendedLifetime(tensor) { Array(tensor.values) })
            })
    }

    /// The method that a saved adapter has.
    func saved() throws -> any TuningMethod {
        let settings = try settings()
        let configuration: any BackboneConfiguration = try Architectures.configuration(of: settings.model)
        return TuningMethods.method(settings).exported(for: configuration, rows: .pooled)
    }

    func model(_ method: any TuningMethod, initAdapter: String? = nil) throws -> TunedModel {
        let model = try TunedModel(
            modelFolder: settings().model, method: method, head: ClassificationHead(labels: Fixture.labels), seed: 1,
            initAdapter: initAdapter)
        model.threads = 1
        return model
    }
}

@Suite struct MethodGoldenTests {
    private static func names(_ value: SettingValue?) -> Set<String> {
        guard case .array(let names)? = value else { return [] }
        return Set(names.compactMap(\.text))
    }

    /// B A of each module, scaled or not: what does not change where signs of both do.
    private static func products(_ model: TunedModel, _ value: (TrainableParameters.Entry) -> [Float]?) -> [String: [Float]] {
        var products: [String: [Float]] = [:]
        for b in model.parameters.entries where b.name.hasSuffix(".lora_B.weight") {
            let name = String(b.name.dropLast(".lora_B.weight".count))
            guard let a = model.parameters.entries.first(where: { $0.name == name + ".lora_A.weight" }), let first = value(a),
                let second = value(b)
            else { continue }
            let (rank, inputs) = (a.shape[0], a.shape[1])
            products[name] = (0..<b.shape[0]).flatMap { o in
                (0..<inputs).map { i in (0..<rank).reduce(Float(0)) { $0 + second[o * rank + $1] * first[$1 * inputs + i] } }
            }
        }
        return products
    }

    /// Starts as peft did. What comes out of the base is ours already, and has to be peft's but for signs.
    private static func start(_ model: TunedModel, as golden: [String: [Float]]) throws {
        func theirs(_ entry: TrainableParameters.Entry) -> [Float]? { golden["start." + entry.name] }
        func ours(_ entry: TrainableParameters.Entry) -> [Float] { Array(model.parameters.values[entry.range]) }
        #expect(
            golden.keys.filter { $0.hasPrefix("start.") }.count == model.parameters.entries.count { $0.spec.owner != .base })
        if model.method.changesBase {
            let (here, there) = (products(model, ours), products(model, theirs))
            #expect(!here.isEmpty && here.keys == there.keys)
            for (name, product) in here { #expect(difference(product, there[name] ?? []) < 1e-4, "\(name)") }
        }
        for entry in model.parameters.entries where entry.spec.owner != .base {
            let start = try #require(theirs(entry), "\(entry.name)")
            if entry.name.hasSuffix("magnitude_vector"), (model.method as? LoRAConfiguration)?.start != .random {
                #expect(difference(ours(entry), start) < 1e-5, "\(entry.name)")
            }
            guard !model.method.changesBase || entry.spec.owner == .head else { continue }
            for (place, value) in zip(entry.range, start) { model.parameters.values[place] = value }
        }
    }

    @Test(arguments: MethodFixture.all + MethodFixture.whole)
    func `the first logits and the losses of thirty steps are peft's`(fixture: MethodFixture) throws {
        let (settings, golden) = (try fixture.settings(), try fixture.golden())
        let model = try fixture.model(TuningMethods.method(settings))
        try Self.start(model, as: golden)
        #expect(difference(try model.logits(Fixture.batch), golden["first"] ?? []) < 1e-4)
        let optimizer = Optimizer(
            model.parameters, weightDecay: settings.weightDecay, maxGradNorm: settings.maxGradNorm,
            rateRatio: settings.rateRatio
        ) { model.projection }
        let losses = try #require(golden["losses"])
        #expect(losses.count == 30 && losses[29] < losses[0])
        for (step, expected) in losses.enumerated() {
            let loss = try model.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0)
            #expect(abs(loss - expected) < 1e-3, "step \(step)")
            _ = optimizer.update(step: step + 1, learningRate: settings.learningRate)
        }
        #expect(difference(try model.logits(Fixture.batch), golden["last"] ?? []) < 5e-3)
    }

    /// For the model as its files have it, whatever the start took away: as training goes on from it and as `generate` reads it.
    @Test(arguments: MethodFixture.all)
    func `an adapter of peft's gives its logits here`(fixture: MethodFixture) throws {
        let golden = try fixture.golden()
        for method in [
            try fixture.saved(), try TuningMethods.method(of: AdapterFolder(fixture.adapter)),
        ] {
            try TrainedAdapter(fixture.adapter).verify(isOurs: false)
            let model = try fixture.model(method, initAdapter: fixture.adapter)
            #expect(difference(try model.logits(Fixture.batch), golden["last"] ?? []) < 1e-4)
        }
    }

    @Test(arguments: MethodFixture.all)
    func `what is saved has peft's tensors and settings, and gives the same logits again`(fixture: MethodFixture) throws {
        let settings = try fixture.settings()
        let model = try fixture.model(TuningMethods.method(settings))
        let optimizer = Optimizer(model.parameters, weightDecay: 0, maxGradNorm: 1)
        for step in 1...3 {
            _ = try model.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0)
            _ = optimizer.update(step: step, learningRate: 1e-2)
        }
        let logits = try model.logits(Fixture.batch)
        try withTemporaryFolder { folder in
            try model.saveAdapter(to: folder + "/adapter", baseModel: "tiny")
            try TrainedAdapter(folder + "/adapter").verify(isOurs: true)
            let ours = try SafetensorsFile(path: folder + "/adapter/adapter_model.safetensors")
            let theirs = try SafetensorsFile(path: fixture.adapter + "/adapter_model.safetensors")
            // With `bias: all` peft writes the head's bias three times.
            let wantedShapes = theirs.entries.filter {
                !$0.key.contains(".original_module.") && !$0.key.contains(".modules_to_save.")
            }
            #expect(ours.entries.mapValues(\.shape) == wantedShapes.mapValues(\.shape))
            let attributes = try FileManager.default.attributesOfItem(atPath: ours.path)
            #expect(model.size.bytes == attributes[.size] as? Int)
            let config = try AdapterFiles.json(folder + "/adapter/adapter_config.json")
            let wanted = try AdapterFiles.json(fixture.adapter + "/adapter_config.json")
            for key in ["r", "use_dora", "use_rslora", "bias", "task_type"] {
                #expect(config[key] == wanted[key], "\(key)")
            }
            for key in ["modules_to_save", "target_modules"] where settings.excludedModules == nil {
                #expect(Self.names(config[key]) == Self.names(wanted[key]), "\(key)")
            }
            #expect(config["init_lora_weights"] == .bool(true) && config["exclude_modules"] == nil)
            for method in [
                try fixture.saved(), try TuningMethods.method(of: AdapterFolder(folder + "/adapter")),
            ] {
                let again = try fixture.model(method, initAdapter: folder + "/adapter")
                #expect(difference(try again.logits(Fixture.batch), logits) < 1e-5)
            }
        }
    }

    /// A fresh adapter gives what the model gives without one, but where A and B are both at random.
    @Test(arguments: MethodFixture.all.filter { !$0.name.contains("random") })
    func `a fresh adapter changes nothing`(fixture: MethodFixture) throws {
        let model = try fixture.model(TuningMethods.method(fixture.settings()))
        let plain = try fixture.model(LoRAConfiguration(rank: 1, targets: (try fixture.settings()).targetModules))
        for entry in plain.parameters.entries where entry.spec.owner == .head {
            let own = try #require(model.parameters.entries.first { $0.name == entry.name })
            for (to, from) in zip(own.range, entry.range) { model.parameters.values[to] = plain.parameters.values[from] }
        }
        #expect(difference(try model.logits(Fixture.batch), try plain.logits(Fixture.batch)) < 2e-5)
    }
}
