import Checkpoints
import Foundation
import Layers
import Testing
import TrainerSettings

@testable import Methods

/// Several adapters as one, against PEFT's add_weighted_adapter (Benchmarks/fixtures/make_mixture_fixtures.py).
@Suite struct AdapterMixtureTests {
    private static let fixtures = String(#filePath.dropLast("AdapterMixtureTests.swift".count)) + "Fixtures/mixture/"
    private let output = FileManager.default.temporaryDirectory.path + "/mixture-\(UInt64.random(in: 0 ... .max))"

    private var folders: [AdapterFolder] { ["one", "other"].map { AdapterFolder(Self.fixtures + $0) } }

    /// scale * B A of each module.
    private func products(_ path: String) throws -> [String: [Float]] {
        let file = try SafetensorsFile(path: path + "/adapter_model.safetensors")
        var products: [String: [Float]] = [:]
        for name in file.entries.keys where name.hasSuffix(LoRAConfiguration.endingOfA) {
            let module = name.dropLast(LoRAConfiguration.endingOfA.count)
            let (a, b) = (try file.tensor(name), try file.tensor(module + LoRAConfiguration.endingOfB))
            let (rank, inputs) = (a.shape[0], a.shape[1])
            products[String(module.dropFirst(ParameterSpec.fullName("").count))] = (0..<b.shape[0]).flatMap { row in
                (0..<inputs).map { column in
                    (0..<rank).reduce(Float(0)) { $0 + b.values[row * rank + $1] * a.values[$1 * inputs + column] }
                }
            }
        }
        return products
    }

    @Test(arguments: AdapterMixture.Kind.allCases) func `the products are PEFT's`(kind: AdapterMixture.Kind) throws {
        defer { try? FileManager.default.removeItem(atPath: output) }
        let golden = try JSONInput.read([String: [String: [Double]]].self, file: Self.fixtures + "golden.json")
        try AdapterMixture(folders, weights: [0.75, -0.5], kind: kind, density: 0.5).write(to: output)
        var path = output
        if kind == .svd {
            path = output + "-cut"
            let ranks = try AdapterRanks(AdapterFolder(output))
            try ranks.write(cutTo: ranks.modules.map { min(2, $0.values.count) }, to: path)
        }
        defer { try? FileManager.default.removeItem(atPath: output + "-cut") }
        let found = try products(path)
        let expected = try #require(golden[kind.rawValue])
        #expect(Set(found.keys) == Set(expected.keys))
        for (module, values) in expected {
            let off = zip(try #require(found[module]), values).map { abs(Double($0) - $1) }.max() ?? 1
            #expect(off < 2e-5, "\(module)")
        }
        // What is written is plain LoRA of scale 1.
        let lora = try #require(try TuningMethods.method(of: AdapterFolder(path)) as? LoRAConfiguration)
        for module in expected.keys { #expect(SiteRanks(lora).scale(of: module) == 1, "\(module)") }
    }

    @Test func `one base may have several names`() throws {
        let files = FileManager.default
        defer { try? files.removeItem(atPath: output) }
        try files.createDirectory(atPath: output + "/model", withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: output + "/link", withDestinationPath: output + "/model")
        func adapter(_ name: String, on base: String) throws -> AdapterFolder {
            let path = output + "/" + name
            try files.copyItem(atPath: Self.fixtures + "one", toPath: path)
            var values = try JSONInput.object(file: path + "/adapter_config.json")
            values["base_model_name_or_path"] = .string(base)
            try FolderFile(json: .object(values), as: "adapter_config.json").write(in: path)
            return AdapterFolder(path)
        }
        let adapters = [
            try adapter("a", on: output + "/model"), try adapter("b", on: output + "/model/../link"),
            try adapter("c", on: "elsewhere"),
        ]
        func base(_ folders: [AdapterFolder], _ model: String? = nil) throws -> String? {
            try AdapterMixture(folders, weights: folders.map { _ in 1 }, kind: .cat, base: model).base
        }
        let real = URL(filePath: output + "/model").resolvingSymlinksInPath().path
        #expect(try base([adapters[0], adapters[1]]) == real)
        #expect(throws: CheckpointError.self) { try base([adapters[0], adapters[2]]) }
        #expect(try base([adapters[2], adapters[2]]) == "elsewhere")
        #expect(try base([adapters[2], adapters[0]], output + "/link") == real)
    }

    @Test(arguments: AdapterMixture.Kind.allCases) func `weights whose sum is nothing or too large are refused`(
        kind: AdapterMixture.Kind
    ) throws {
        func problem(_ weights: [Double]) -> String? {
            defer { try? FileManager.default.removeItem(atPath: output) }
            do {
                try AdapterMixture([folders[0], folders[0]], weights: weights, kind: kind).write(to: output)
                return nil
            } catch { return "\(error)" }
        }
        #expect(problem([1, 1]) == nil && problem([1, -0.5]) == nil)
        for weights in [[0, 0], [1e-60, 0]] + (kind == .ties ? [] : [[1, -1]]) {
            #expect(problem(weights)?.hasPrefix("--weights: the sum is an adapter that does nothing") == true, "\(weights)")
        }
        #expect(problem([1e300, 1e300])?.hasPrefix("--weights: the sum has numbers beyond") == true)
    }

    @Test func `adapters that have no sum are refused`() throws {
        func problem(_ change: (inout [String: SettingValue]) -> Void, kind: AdapterMixture.Kind = .linear) throws -> String? {
            defer { try? FileManager.default.removeItem(atPath: output) }
            try FileManager.default.copyItem(atPath: Self.fixtures + "other", toPath: output)
            var values = try JSONInput.object(file: output + "/adapter_config.json")
            change(&values)
            try FolderFile(json: .object(values), as: "adapter_config.json").write(in: output)
            do {
                _ = try AdapterMixture([folders[0], AdapterFolder(output)], weights: [1, 1], kind: kind)
                return nil
            } catch { return error.problem }
        }
        #expect(try problem { _ in } == nil)
        #expect(try problem { $0["use_dora"] = .bool(true) }?.contains("merge it into its base") == true)
        #expect(try problem { $0["base_model_name_or_path"] = .string("elsewhere") }?.contains("adapters of one model") == true)
        #expect(try problem { $0["peft_type"] = .string("IA3") } != nil)
    }
}
