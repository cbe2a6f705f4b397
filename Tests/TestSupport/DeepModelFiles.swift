import Foundation

extension TemporaryFolder {
    /// Puts a BERT of many narrow layers into `deep/`, of whose training the activations are the most, and 64 texts of 32 tokens
    /// into `long.jsonl`. ``addTinyModel()`` was there before.
    package func addDeepModel(layers: Int = 24) throws {
        let (hidden, inner, positions, vocabulary) = (64, 256, 32, 40)
        let files = FileManager.default
        try files.createDirectory(atPath: path + "/deep", withIntermediateDirectories: true)
        try files.copyItem(atPath: path + "/model/vocab.txt", toPath: path + "/deep/vocab.txt")
        let configuration: [String: Any] = [
            "model_type": "bert", "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": 4,
            "intermediate_size": inner, "vocab_size": vocabulary, "max_position_embeddings": positions,
        ]
        try JSONSerialization.data(withJSONObject: configuration).write(to: URL(filePath: path + "/deep/config.json"))
        var tensors: [(name: String, shape: [Int])] = [
            ("embeddings.word_embeddings.weight", [vocabulary, hidden]),
            ("embeddings.position_embeddings.weight", [positions, hidden]),
            ("embeddings.token_type_embeddings.weight", [1, hidden]), ("pooler.dense.weight", [hidden, hidden]),
            ("pooler.dense.bias", [hidden]),
        ]
        func addNorm(_ name: String) { tensors += [(name + ".weight", [hidden]), (name + ".bias", [hidden])] }
        addNorm("embeddings.LayerNorm")
        for layer in 0..<layers {
            let prefix = "encoder.layer.\(layer)."
            for (name, outputs, inputs) in [
                ("attention.self.query", hidden, hidden), ("attention.self.key", hidden, hidden),
                ("attention.self.value", hidden, hidden), ("attention.output.dense", hidden, hidden),
                ("intermediate.dense", inner, hidden), ("output.dense", hidden, inner),
            ] { tensors += [(prefix + name + ".weight", [outputs, inputs]), (prefix + name + ".bias", [outputs])] }
            addNorm(prefix + "attention.output.LayerNorm")
            addNorm(prefix + "output.LayerNorm")
        }
        try safetensors(tensors).write(to: URL(filePath: path + "/deep/model.safetensors"))
        let words = ["old", "one", "bad", "it", "good", "role", "odd", "new", "star", "very"]
        let lines = (0..<64).map { row in
            let text = (0..<40).map { words[(row * 7 + $0 * 3) % words.count] }.joined(separator: " ")
            return "{\"text\": \"\(text)\", \"label\": \"\(row % 2 == 0 ? "good" : "bad")\"}\n"
        }
        _ = try write(lines.joined(), to: "long.jsonl")
    }

    /// Small numbers of either sign; norms' weights are 1.
    private func safetensors(_ tensors: [(name: String, shape: [Int])]) throws -> Data {
        var (header, body): ([String: Any], [Float]) = ([:], [])
        for (name, shape) in tensors {
            let (start, count) = (4 * body.count, shape.reduce(1, *))
            let isNorm = name.hasSuffix("LayerNorm.weight")
            body += (0..<count).map { isNorm ? 1 : Float($0 % 13 - 6) / 60 }
            header[name] = ["dtype": "F32", "shape": shape, "data_offsets": [start, 4 * body.count]]
        }
        var json = try JSONSerialization.data(withJSONObject: header)
        json.append(contentsOf: [UInt8](repeating: 32, count: (8 - json.count % 8) % 8))
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + body.withUnsafeBytes { Data($0) }
    }
}
