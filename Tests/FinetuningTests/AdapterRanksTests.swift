import Checkpoints
import FoundationEssentials
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Adapters of peft's that are cut to lower ranks.
@Suite struct AdapterRanksTests {
    private static func logits(of adapter: String, _ fixture: MethodFixture) throws -> [Float] {
        let method = try TuningMethods.method(of: AdapterFolder(adapter))
        return try fixture.model(method, initAdapter: adapter).logits(Fixture.batch)
    }

    @Test(arguments: MethodFixture.withRanks)
    func `at full rank the cut adapter gives the logits of peft's, in the form of convert_to_lora`(fixture: MethodFixture)
        throws
    {
        let ranks = try AdapterRanks(AdapterFolder(fixture.adapter))
        let whole = ranks.path.ranks(after: ranks.path.stepCount)
        try withTemporaryFolder { folder in
            let cut = folder + "/cut"
            try ranks.write(cutTo: whole, to: cut)
            try TrainedAdapter(cut).verify(isOurs: false)
            #expect(difference(try Self.logits(of: cut, fixture), try fixture.golden()["last"] ?? []) < 1e-4)
            let config = try AdapterFiles.json(cut + "/adapter_config.json")
            #expect(config["r"] == .int(1) && config["lora_alpha"] == .int(1) && config["use_rslora"] == .bool(false))
            let old = try AdapterFiles.json(fixture.adapter + "/adapter_config.json")
            for key in ["use_dora", "task_type", "modules_to_save", "base_model_name_or_path"] {
                #expect(config[key] == old[key], "\(key)")
            }
            guard case .array(let targets)? = config["target_modules"] else {
                Issue.record("no list of modules")
                return
            }
            #expect(Set(targets.compactMap(\.text)) == Set(ranks.modules.map(\.name)))
        }
    }

    @Test(arguments: ["bert-rslora-patterns", "llama-pissa", "llama-random"].map(MethodFixture.init))
    func `at a lower rank it gives what peft's convert_to_lora leaves`(fixture: MethodFixture) throws {
        let data = try #require(FileManager.default.contents(atPath: Fixture.here + "/Fixtures/ranks.json"))
        let golden = try #require(try JSONDecoder().decode([String: [String: [Float]]].self, from: data)[fixture.name])
        #expect(golden.count == 3)
        let ranks = try AdapterRanks(AdapterFolder(fixture.adapter))
        for (rank, logits) in golden {
            let wanted = try #require(Int(rank))
            try withTemporaryFolder { folder in
                // A matrix of a lower rank has no more to cut.
                let cut = ranks.modules.map { min(wanted, $0.values.count) }
                try ranks.write(cutTo: cut, to: folder + "/cut")
                #expect(difference(try Self.logits(of: folder + "/cut", fixture), logits) < 1e-4, "rank \(rank)")
            }
        }
    }

    /// The curve is of the adapters that are written.
    @Test(arguments: MethodFixture.withRanks)
    func `a model filled with a cut gives what the written adapter gives`(fixture: MethodFixture) throws {
        let ranks = try AdapterRanks(AdapterFolder(fixture.adapter))
        let model = try fixture.model(ranks.loaded, initAdapter: fixture.adapter)
        let (first, last) = (ranks.path.first, ranks.path.stepCount)
        for place in Set([first, last / 2, 3 * last / 4, last].map { max(first, $0) }) {
            let cut = ranks.path.ranks(after: place)
            try withTemporaryFolder { folder in
                try ranks.write(cutTo: cut, to: folder + "/cut")
                ranks.fill(model.parameters, cutTo: cut)
                let written = try Self.logits(of: folder + "/cut", fixture)
                #expect(difference(try model.logits(Fixture.batch), written) < 1e-4, "\(cut)")
                let file = try SafetensorsFile(path: folder + "/cut/adapter_model.safetensors")
                let count = file.entries.values.reduce(0) { $0 + $1.elementCount }
                #expect(count == ranks.path.parameters(after: place) + ranks.headParameters, "\(cut)")
            }
        }
    }

    @Test(arguments: ["bert-head", "bert-bitfit"])
    func `an adapter that carries something else has no ranks`(name: String) {
        let fixture = MethodFixture(name: name)
        let error = #expect(throws: CheckpointError.self) { try AdapterRanks(AdapterFolder(fixture.adapter)) }
        #expect(error?.problem.contains("has no ranks to cut") == true, "\(error?.problem ?? "")")
    }

    @Test func `what stands beside goes along, and what has no ranks is told`() throws {
        let fixture = MethodFixture(name: "bert-gaussian")
        try withTemporaryFolder { folder in
            try AdapterFiles.copy(fixture.adapter, to: folder + "/adapter")
            try "{\"a\": 1}".write(toFile: folder + "/adapter/labels.json", atomically: true, encoding: .utf8)
            let ranks = try AdapterRanks(AdapterFolder(folder + "/adapter"))
            try ranks.write(cutTo: ranks.modules.map { _ in 1 }, to: folder + "/cut")
            let nothing = #expect(throws: CheckpointError.self) {
                try ranks.write(cutTo: ranks.modules.map { _ in 0 }, to: folder + "/nothing")
            }
            #expect(nothing?.problem.contains("no module is left a rank") == true)
            #expect(FileManager.default.contents(atPath: folder + "/cut/labels.json") == Data("{\"a\": 1}".utf8))
            var config = try AdapterFiles.json(folder + "/adapter/adapter_config.json")
            config["init_lora_weights"] = .string("pissa")
            try AdapterFiles.write(config, to: folder + "/adapter/adapter_config.json")
            let changed = #expect(throws: CheckpointError.self) { try AdapterRanks(AdapterFolder(folder + "/adapter")) }
            #expect(changed?.problem.contains("changed the base model too") == true)
            config["peft_type"] = .string("VERA")
            try AdapterFiles.write(config, to: folder + "/adapter/adapter_config.json")
            #expect(throws: CheckpointError.self) { try AdapterRanks(AdapterFolder(folder + "/adapter")) }
        }
    }
}
