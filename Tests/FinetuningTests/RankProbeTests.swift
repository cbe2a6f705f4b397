import Checkpoints
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// What the first batches' gradients say of modules, and the ranks that follow.
@Suite struct RankProbeTests {
    /// At B = 0, LoRA's own gradient is dB = s G A^T.
    @Test(arguments: [
        Fixture.all[1], Fixture(name: "llama", lora: .init(rank: 3, alpha: 6, targets: .allLinear), base: Fixture.all[7].base),
    ])
    func `weights' gradients are those that LoRA's come from`(fixture: Fixture) throws {
        var lora = LoRAConfiguration(rank: 3, alpha: 6, targets: .allLinear)
        lora.placement = Placement(targets: .allLinear)
        let head = ClassificationHead(labels: Fixture.labels)
        let plain = try TunedModel(modelFolder: fixture.base, method: lora, head: head, seed: 4)
        let probed = try TunedModel(
            modelFolder: fixture.base, method: WeightGradients(at: lora.placement), head: head, seed: 4)
        for entry in plain.parameters.entries where entry.spec.owner == .head {
            let own = try #require(probed.parameters.entries.first { $0.name == entry.name })
            for (to, from) in zip(own.range, entry.range) { probed.parameters.values[to] = plain.parameters.values[from] }
        }
        for threads in [1, 2] {
            (plain.threads, probed.threads) = (threads, threads)
            let losses = try [plain, probed].map { try $0.trainStep(Fixture.batch, targets: Fixture.targets, dropoutSeed: 0) }
            #expect(difference([losses[0]], [losses[1]]) < 1e-6)
            for site in plain.sites {
                func range(_ model: TunedModel, _ name: String) throws -> Range<Int> {
                    try #require(model.parameters.entries.first { $0.name == ParameterSpec.fullName(name) }).range
                }
                let a = Array(plain.parameters.values[try range(plain, site.name + ".lora_A.weight")])
                let db = Array(plain.parameters.gradients[try range(plain, site.name + ".lora_B.weight")])
                let g = Array(probed.parameters.gradients[try range(probed, WeightGradients.name(site))])
                var wanted: [Float] = []
                for o in 0..<site.outputs {
                    for k in 0..<3 {
                        let row = zip(g[o * site.inputs..<(o + 1) * site.inputs], a[k * site.inputs..<(k + 1) * site.inputs])
                        wanted.append(2 * row.reduce(Float(0)) { $0 + $1.0 * $1.1 })
                    }
                }
                #expect(g.contains { $0 != 0 } && difference(db, wanted) < 1e-5, "\(site.name)")
            }
        }
    }

    private static func probe() throws -> RankProbe {
        let model = try TinyModel()
        return try #require(
            try RankProbe(try model.settings(["target_modules": .string("all-linear"), "batch_size": .int(4)])))
    }

    @Test func `modules that are trained whole have no rank, and no part in the budget`() throws {
        let model = try TinyModel()
        let settings = try model.settings(
            ["target_modules": .string("all-linear"), "modules_to_save": .array([.string("pooler"), .string("layer.0")])])
        let probe = try #require(try RankProbe(settings))
        #expect(probe.modules.count == 12 && probe.modules.allSatisfy { [1, 2].contains($0.layer) })
        #expect(try ProbeReport(probe, settings, budget: nil).budget == probe.modules.reduce(0) { $0 + 4 * $1.cost })
    }

    @Test func `weights that are no finite numbers are told, and no rank is made of them`() throws {
        let model = try TinyModel()
        let path = model.folder.path + "/model.safetensors"
        let file = try SafetensorsFile(path: path)
        let tensors = try file.entries.keys.sorted().map { name in
            let tensor = try file.tensor(name)
            var values = withExtendedLifetime(tensor) { Array(tensor.values) }
            if name.hasSuffix("layer.1.output.dense.weight") { values[3] = .nan }
            return SafetensorsWriter.Tensor(name: name, shape: tensor.shape, values: values)
        }
        try SafetensorsWriter.write(tensors, to: path)
        let error = #expect(throws: InputError.self) {
            try RankProbe(model.settings(["target_modules": .string("all-linear")]))
        }
        #expect(
            error?.place == "rank_allocation" && error?.problem.contains("no finite numbers") == true,
            "\(String(describing: error))")
    }

    @Test func `ranks are in proportion to importance, and keep to the budget`() throws {
        let probe = try Self.probe()
        #expect(probe.batches >= 1 && probe.modules.count == 19 && probe.modules.allSatisfy { $0.importance > 0 })
        #expect(probe.layers.map(\.layer) == [0, 1, 2] && probe.layers.allSatisfy { $0.squaredGradient > 0 })
        func cost(_ ranks: [Int]) -> Int { zip(probe.modules, ranks).reduce(0) { $0 + $1.0.cost * $1.1 } }
        let one = cost(probe.modules.map { _ in 1 })
        let widest = probe.modules.map(\.cost).max() ?? 0
        for times in 1...6 {
            let ranks = probe.ranks(within: times * one)
            #expect(cost(ranks) <= times * one && ranks.allSatisfy { $0 >= 1 })
            // Nothing is left but what rounding leaves: several modules may gain a rank at once.
            #expect(cost(ranks) > times * one - 3 * widest, "\(ranks)")
            for (a, rank) in zip(probe.modules, ranks) {
                for (b, other) in zip(probe.modules, ranks)
                where a.importance > b.importance && min(b.inputs, b.outputs) <= min(a.inputs, a.outputs) {
                    #expect(rank >= other)
                }
            }
        }
        let few = probe.ranks(within: one / 2)
        #expect(cost(few) <= one / 2 && few.contains(1) && few.contains(0) && few.allSatisfy { $0 <= 1 })
        #expect(probe.ranks(within: 0).allSatisfy { $0 == 0 })
        let least = probe.modules.map(\.cost).min() ?? 0
        #expect(throws: RankBudgetError(budget: least - 1, least: least)) {
            try ProbeReport(probe, TrainerSettings(), budget: least - 1)
        }
        _ = try ProbeReport(probe, TrainerSettings(), budget: least)
    }

    @Test func `the same trial is told the same`() throws {
        let (a, b) = (try Self.probe(), try Self.probe())
        #expect(a.ranks(within: 2000) == b.ranks(within: 2000))
    }
}
