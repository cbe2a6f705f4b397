import Backbones
import Checkpoints
import Foundation
import Layers
import Tensors
import Testing

@Suite struct BertConfigurationTests {
    @Test func `a Hugging Face config is read`() throws {
        let c = try BertConfiguration(modelFolder: ModelFolder.tiny)
        #expect(c.hiddenSize == 32 && c.layerCount == 3 && c.headCount == 4 && c.headWidth == 8)
        #expect(c.intermediateSize == 48 && c.vocabularySize == 40 && c.positionCount == 16)
        #expect(c.normEpsilon == 1e-12 && c.activation == .erf && c.initializerRange == 0.02)
    }

    @Test(arguments: [
        ("model_type", "albert", "unsupported architecture 'albert' (supported: bert, roberta, xlm-roberta, distilbert, "),
        ("hidden_act", "relu", "hidden_act 'relu' is not supported"),
        ("position_embedding_type", "relative_key", "position_embedding_type 'relative_key' is not supported"),
        ("hidden_size", "wide", "'hidden_size' is no whole number"),
    ])
    func `an unsupported text is refused by name`(key: String, value: String, problem: String) throws {
        try ModelFolder.withChanged(config: [key: value]) { folder in
            let error = #expect(throws: CheckpointError.self) { try BertConfiguration(modelFolder: folder) }
            #expect(error?.path == folder + "/config.json")
            #expect(error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
        }
    }

    @Test(arguments: [
        ("hidden_size", 30, "hidden_size 30 is no multiple of num_attention_heads 4"),
        ("num_hidden_layers", 0, "'num_hidden_layers' is 0, expected 1 to 1024"),
        ("num_hidden_layers", 16_777_216, "'num_hidden_layers' is 16777216, expected 1 to 1024"),
        ("vocab_size", -1, "'vocab_size' is -1, expected 1 to 16777216"),
    ])
    func `an impossible size is refused`(key: String, value: Int, problem: String) throws {
        try ModelFolder.withChanged(config: [key: value]) { folder in
            #expect(throws: CheckpointError(path: folder + "/config.json", problem: problem)) {
                try BertConfiguration(modelFolder: folder)
            }
        }
    }

    @Test func `a missing size, a decoder, no JSON and no file are refused`() throws {
        try ModelFolder.withChanged(without: ["hidden_size"]) { folder in
            #expect(throws: CheckpointError(path: folder + "/config.json", problem: "'hidden_size' is missing")) {
                try BertConfiguration(modelFolder: folder)
            }
        }
        try ModelFolder.withChanged(config: ["is_decoder": true]) { folder in
            #expect(throws: CheckpointError.self) { try BertConfiguration(modelFolder: folder) }
            try Data("{".utf8).write(to: URL(filePath: folder + "/config.json"))
            let broken = #expect(throws: CheckpointError.self) { try BertConfiguration(modelFolder: folder) }
            #expect(broken?.description == folder + "/config.json:1:2: found the end, expected a name in quotes")
        }
        let error = #expect(throws: CheckpointError.self) { try BertConfiguration(modelFolder: "/nowhere") }
        #expect(error?.description == "/nowhere: there is no such folder")
    }

    @Test(arguments: ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"])
    func `the names of gelu by tanh are known`(name: String) throws {
        try ModelFolder.withChanged(config: ["hidden_act": name]) { folder in
            let configuration = try BertConfiguration(modelFolder: folder)
            #expect(configuration.activation == .tanh)
        }
    }

    @Test func `modules have the model's names, in the order of computation`() throws {
        let modules = try BertConfiguration(modelFolder: ModelFolder.tiny).sites(for: .pooled)
        #expect(modules.count == 19)
        #expect(
            modules.prefix(6).map(\.name) == [
                "query", "key", "value",
            ].map { "bert.encoder.layer.0.attention.self." + $0 } + [
                "bert.encoder.layer.0.attention.output.dense", "bert.encoder.layer.0.intermediate.dense",
                "bert.encoder.layer.0.output.dense",
            ])
        #expect(modules[18].name == "bert.pooler.dense" && modules[18].layer == nil)
        #expect(modules.map(\.order) == modules.map(\.order).sorted())
        #expect(modules[4].inputs == 32 && modules[4].outputs == 48 && modules[5].inputs == 48)
    }
}
