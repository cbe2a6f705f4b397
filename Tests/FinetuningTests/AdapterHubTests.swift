import Checkpoints
import Foundation
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// What AdapterHub puts beside a bottleneck adapter, and folders that had another adapter before.
@Suite struct AdapterHubTests {
    private let fixture = TuningFixture(name: "bert-houlsby")

    /// A copy of the fixture's adapter with another head_config.json.
    private func withHead<Result>(_ changes: [String: SettingValue], _ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let adapter = folder + "/adapter"
            try AdapterFiles.copy(fixture.adapter, to: adapter)
            let file = adapter + "/head_config.json"
            try AdapterFiles.write(AdapterFiles.json(file).merging(changes) { $1 }, to: file)
            return try body(adapter)
        }
    }

    private func model(_ adapter: String, _ labels: [String]) throws -> TunedModel {
        let method = try TuningMethods.method(of: AdapterFolder(adapter))
        return try TunedModel(
            modelFolder: fixture.settings().model, method: method, head: ClassificationHead(labels: labels), seed: 1,
            initAdapter: adapter)
    }

    @Test func `classes have the names that its head_config.json gives them`() throws {
        let plain = try model(fixture.adapter, ["a", "b", "c"]).logits(Fixture.batch)
        let names: [String: SettingValue] = ["label2id": .object(["c": .int(0), "a": .int(1), "b": .int(2)])]
        try withHead(names) { adapter in
            #expect(try LabelFile(adapterFolder: adapter).names() == ["c", "a", "b"])
            let turned = try model(adapter, ["a", "b", "c"]).logits(Fixture.batch)
            let order = [1, 2, 0]
            let expected: [Float] = plain.indices.map { plain[$0 / 3 * 3 + order[$0 % 3]] }
            #expect(turned == expected && turned != plain)
            let error = #expect(throws: CheckpointError.self) { try model(adapter, ["a", "b", "x"]) }
            #expect(error?.path == adapter + "/head_config.json")
            #expect(error?.problem.hasPrefix("has the labels c, a, b, the training data a, b, x;") == true)
        }
    }

    @Test func `classes that nobody named go by their numbers`() throws {
        #expect(try LabelFile(adapterFolder: fixture.adapter).names() == nil)
        let unnamed = try withHead(["label2id": .null]) { try LabelFile(adapterFolder: $0).names() }
        #expect(unnamed == nil)
        try withHead(["label2id": .object(["a": .int(0), "b": .int(2)])]) { adapter in
            let error = #expect(throws: CheckpointError.self) { try model(adapter, ["a", "b"]) }
            #expect(error?.problem == "is damaged: label2id does not name the head's labels")
        }
    }

    @Test(arguments: [
        (["model_class": SettingValue.string("LlamaForCausalLM")], "its head is the vocabulary's matrix"),
        (["model_class": .string("BertForTokenClassification")], "its head is a BertForTokenClassification's"),
        (
            ["model_class": .string("BertAdapterModel"), "config": .object(["head_type": .string("causal_lm")])],
            "its head is one of AdapterHub's own (head_type causal_lm)"
        ),
    ])
    func `a head that cannot be read is refused with the reason`(head: [String: SettingValue], words: String) throws {
        try withHead(head) { adapter in
            let error = #expect(throws: CheckpointError.self) { try model(adapter, ["a", "b", "c"]) }
            #expect(error?.path == adapter + "/head_config.json")
            #expect(error?.problem.hasPrefix(words) == true, "\(error?.problem ?? "")")
        }
    }

    /// It would be read in place of the new one.
    @Test func `an adapter of another kind leaves nothing in a folder that is used again`() throws {
        try withTemporaryFolder { folder in
            func save(_ method: any TuningMethod) throws -> Set<String> {
                let model = try TunedModel(
                    modelFolder: fixture.settings().model, method: method, head: ClassificationHead(labels: ["a", "b"]), seed: 1
                )
                try model.saveAdapter(to: folder + "/adapter", baseModel: "tiny")
                return try Set(FileManager.default.contentsOfDirectory(atPath: folder + "/adapter"))
            }
            let common: Set = ["adapter_config.json", "labels.json", "README.md"]
            let hub: Set = ["adapter.safetensors", "model_head.safetensors", "head_config.json"]
            for _ in 0..<2 {
                let plain = try save(LoRAConfiguration())
                #expect(plain == common.union(["adapter_model.safetensors"]))
                let lora = try TuningMethods.method(of: AdapterFolder(folder + "/adapter"))
                #expect(lora is LoRAConfiguration)
                let other = try save(BottleneckConfiguration(.pfeiffer))
                #expect(other == common.union(hub))
                let bottleneck = try TuningMethods.method(of: AdapterFolder(folder + "/adapter"))
                #expect(bottleneck is BottleneckConfiguration)
            }
        }
    }
}
