import Checkpoints
import Foundation
import Layers
import Testing

@testable import Backbones

@Suite struct EncoderConfigurationTests {
    /// A copy of a tiny encoder's folder with some of config.json's values replaced or taken out.
    private func changed<Result>(
        _ name: String, _ changes: [String: any Sendable], without removed: [String] = [],
        _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "encoder-\(UUID().uuidString)").path
        try FileManager.default.copyItem(atPath: TinyEncoder(name).folder, toPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = URL(filePath: folder + "/config.json")
        var config = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
        for (key, value) in changes { config[key] = value }
        for key in removed { config[key] = nil }
        try JSONSerialization.data(withJSONObject: config).write(to: file)
        return try body(folder)
    }

    private func problem(_ name: String, _ changes: [String: any Sendable], without removed: [String] = []) throws -> String {
        try changed(name, changes, without: removed) { folder in
            let error = #expect(throws: CheckpointError.self) { try BertConfiguration(modelFolder: folder) }
            #expect(error?.path == folder + "/config.json")
            return error?.problem ?? ""
        }
    }

    @Test func `a RoBERTa's positions begin after its padding`() throws {
        let c = try TinyEncoder("roberta").configuration()
        #expect(c.modelType == "roberta" && c.firstPosition == 2 && c.positionCount == 16 && c.normEpsilon == 1e-5)
        #expect(c.uncountedToken == 1 && c.defaultTargets == ["query", "value"])
        #expect(c.classifier == ClassifierShape("classifier.out_proj", hasBias: true, inner: .init("classifier.dense", .tanh)))
        #expect(c.sites(for: .pooled) == c.sites(for: .all) && c.sites(for: .all).count == 18)
        #expect(c.sites(for: .all)[0].name == "roberta.encoder.layer.0.attention.self.query")
        try changed("roberta", [:], without: ["pad_token_id"]) { folder in
            let configuration = try BertConfiguration(modelFolder: folder)
            #expect(configuration.firstPosition == 2)
        }
        let other = try TinyEncoder("xlm-roberta").configuration()
        #expect(other.modelType == "xlm-roberta" && other.firstPosition == 3 && other.uncountedToken == 2)
    }

    @Test func `a DistilBERT has sizes, names and a head of its own, and no targets by default`() throws {
        let c = try TinyEncoder("distilbert").configuration()
        #expect(c.hiddenSize == 16 && c.layerCount == 3 && c.headCount == 4 && c.intermediateSize == 24)
        #expect(c.positionCount == 16 && c.firstPosition == 0 && c.normEpsilon == 1e-12 && c.uncountedToken == nil)
        #expect(c.classifier == ClassifierShape("classifier", hasBias: true, inner: .init("pre_classifier", .relu)))
        #expect(c.defaultTargets.isEmpty)
        #expect(
            c.sites(for: .pooled).prefix(6).map(\.name)
                == ["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "ffn.lin1", "ffn.lin2"]
                .map { "distilbert.transformer.layer.0." + $0 })
        let names: [String: any Sendable] = ["hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4]
        try changed("distilbert", names, without: ["dim", "n_layers", "n_heads"]) { folder in
            let configuration = try BertConfiguration(modelFolder: folder)
            #expect(configuration == c)
        }
    }

    @Test func `without a model_type the class names the encoder`() throws {
        for (name, type) in [
            ("roberta", "RobertaForMaskedLM"), ("xlm-roberta", "XLMRobertaModel"), ("distilbert", "DistilBertForMaskedLM"),
            ("electra", "ElectraForPreTraining"),
        ] {
            try changed(name, ["architectures": [type]], without: ["model_type"]) { folder in
                let configuration = try BertConfiguration(modelFolder: folder)
                #expect(configuration.modelType == name)
            }
        }
    }

    @Test func `what cannot be is refused by its key`() throws {
        #expect(
            try problem("roberta", ["pad_token_id": 17])
                == "'pad_token_id' is 17, and positions are counted from it on; the model has 18 of them")
        #expect(try problem("roberta", ["pad_token_id": -1]).hasPrefix("'pad_token_id' is -1"))
        #expect(try problem("roberta", ["max_position_embeddings": 1]).hasPrefix("'pad_token_id' is 1"))
        #expect(try problem("distilbert", [:], without: ["dim"]) == "'dim' is missing")
        #expect(try problem("distilbert", ["n_layers": 0]) == "'n_layers' is 0, expected 1 to 1024")
        #expect(try problem("distilbert", ["n_heads": 3]) == "dim 16 is no multiple of n_heads 3")
        #expect(try problem("distilbert", ["activation": "relu"]).hasPrefix("activation 'relu' is not supported"))
        #expect(
            try problem("electra", ["embedding_size": 8])
                == "embedding_size 8 is not hidden_size 16: embeddings that are projected are not available yet")
    }

    @Test func `a tensor that is missing or has another shape is named as the file would have it`() throws {
        try changed("distilbert", ["n_layers": 4]) { folder in
            let error = #expect(throws: CheckpointError.self) { try BertWeights(modelFolder: folder).check() }
            #expect(error?.problem == "tensor 'distilbert.transformer.layer.3.attention.q_lin.weight' is missing")
        }
        try changed("roberta", ["max_position_embeddings": 20]) { folder in
            let error = #expect(throws: CheckpointError.self) { try BertWeights(modelFolder: folder).check() }
            #expect(
                error?.problem
                    == "tensor 'roberta.embeddings.position_embeddings.weight' has shape [18, 16], expected [20, 16]")
        }
    }

    @Test(arguments: TinyEncoder.all)
    func `tensors are found without a prefix and after another one, with the head beside it`(name: String) throws {
        let file = try SafetensorsFile(path: TinyEncoder(name).folder + "/model.safetensors")
        let own = try TinyEncoder(name).configuration().family.prefix
        let head = try TinyEncoder(name).configuration().classifier
        for prefix in ["", "model.", "module." + own] {
            try changed(name, [:]) { folder in
                let tensors = try file.entries.map { name, entry in
                    let tensor = try file.tensor(name)
                    return SafetensorsWriter.Tensor(
                        name: prefix + name.dropFirst(own.count), shape: entry.shape,
                        values: withExtendedLifetime(tensor) { Array(tensor.values) })
                }
                let beside = prefix.hasPrefix("module.") ? "module." : ""
                let bias = SafetensorsWriter.Tensor(name: beside + head.biasName, shape: [2], values: [1, 2])
                try SafetensorsWriter.write(tensors + [bias], to: folder + "/model.safetensors")
                let weights = try BertWeights(modelFolder: folder)
                try weights.check()
                #expect(weights.remarks.isEmpty)
                let found = try weights.headTensor(head.biasName, shape: [2])
                #expect(found != nil)
            }
        }
    }
}
