import Backbones
import Checkpoints
import Foundation
import Layers
import Tensors
import Testing

private func bert(_ folder: String) throws -> any Backbone {
    try Architectures.weights(of: folder).backbone(Attachments(rows: .pooled), WeightStorage())
}

private func problem(_ folder: String) -> CheckpointError? {
    #expect(throws: CheckpointError.self) { try bert(folder) }
}

@Suite struct BertWeightsTests {
    @Test func `tensors are found with and without the prefix, and under the first years' names`() throws {
        _ = try bert(ModelFolder.tiny)
        try ModelFolder.withChanged(
            tensors: { $0.map { .init(name: "bert." + $0.name, shape: $0.shape, values: $0.values) } },
            {
                _ = try bert($0)
            })
        try ModelFolder.withChanged(
            tensors: {
                $0.map { tensor in
                    let name = tensor.name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
                        .replacing("LayerNorm.bias", with: "LayerNorm.beta")
                    return .init(name: name, shape: tensor.shape, values: tensor.values)
                }
            }, { _ = try bert($0) })
    }

    @Test(arguments: [
        "embeddings.token_type_embeddings.weight", "embeddings.LayerNorm.weight",
        "encoder.layer.1.attention.self.key.bias", "encoder.layer.2.output.dense.weight",
        "encoder.layer.0.attention.output.LayerNorm.bias", "pooler.dense.bias",
    ])
    func `a missing tensor is named with its file`(name: String) throws {
        try ModelFolder.withChanged(
            tensors: { $0.filter { $0.name != name } },
            { folder in
                #expect(
                    problem(folder)
                        == CheckpointError(path: folder + "/model.safetensors", problem: "tensor '\(name)' is missing"))
            })
    }

    @Test(arguments: [
        ("encoder.layer.1.intermediate.dense.weight", [48, 32]), ("embeddings.position_embeddings.weight", [16, 32]),
        ("encoder.layer.0.output.LayerNorm.weight", [32]),
    ])
    func `a tensor of another shape is named with both shapes`(name: String, shape: [Int]) throws {
        try ModelFolder.withChanged(
            tensors: {
                $0.map { $0.name == name ? .init(name: name, shape: [$0.values.count, 1], values: $0.values) : $0 }
            },
            { folder in
                let found = [shape.reduce(1, *), 1]
                let text = "tensor '\(name)' has shape \(found), expected \(shape)"
                #expect(problem(folder) == CheckpointError(path: folder + "/model.safetensors", problem: text))
            })
    }

    @Test func `a configuration that does not fit the file is found by the first tensor`() throws {
        try ModelFolder.withChanged(config: ["vocab_size": 41]) { folder in
            #expect(problem(folder)?.problem.contains("has shape [40, 32], expected [41, 32]") == true)
        }
        try ModelFolder.withChanged(config: ["num_hidden_layers": 4]) { folder in
            #expect(problem(folder)?.problem == "tensor 'encoder.layer.3.attention.self.query.weight' is missing")
        }
    }

    /// Of half precision no copy is made, and of 64 bits one.
    @Test(arguments: ["F16", "BF16", "F64"])
    func `layers and words are read as the file has them`(type: String) throws {
        try ModelFolder.withChanged { folder in
            let plain = try SafetensorsFile(path: folder + "/model.safetensors")
            try ModelFolder.write(plain, as: type, to: folder + "/model.safetensors")
            let (weights, width) = (try BertWeights(modelFolder: folder), 32)
            let converted = try SafetensorsFile(path: folder + "/model.safetensors")
            for site in weights.configuration.sites(for: .pooled) {
                let layer = try weights.layer(site)
                let numbers = FloatStorage(count: site.inputs * site.outputs)
                layer.weight.read(0..<site.outputs, into: numbers.base)
                let expected = try converted.tensor(site.name.replacing("bert.", with: "") + ".weight")
                #expect(withExtendedLifetime(expected) { Array(numbers.values) == Array(expected.values) }, "\(site.name)")
            }
            let words = try converted.tensor("embeddings.word_embeddings.weight")
            let rows = withExtendedLifetime(words) { [7, 0, 39].flatMap { words.values[$0 * width..<($0 + 1) * width] } }
            #expect(try weights.embeddings(of: [7, 0, 39]) == rows)
        }
    }

    /// A hole in a file takes no room on the disk, and to convert its 270 million numbers would take seconds.
    @Test(arguments: [true, false])
    func `a plan reads no weight, be it frozen or trained`(isTrained: Bool) throws {
        let inner = 1 << 17
        try ModelFolder.withChanged(config: ["hidden_size": 1024, "intermediate_size": inner, "num_hidden_layers": 1]) {
            folder in
            let path = folder + "/model.safetensors"
            var (header, end): ([String: Any], Int) = ([:], 0)
            let configuration = try BertConfiguration(modelFolder: folder)
            for tensor in configuration.tensors(for: .pooled) {
                let next = end + 2 * tensor.shape.reduce(1, *)
                header[String(tensor.name.dropFirst("bert.".count))] = [
                    "dtype": "F16", "shape": tensor.shape, "data_offsets": [end, next],
                ]
                end = next
            }
            let json = try JSONSerialization.data(withJSONObject: header)
            try (withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json).write(to: URL(filePath: path))
            #expect(truncate(path, 8 + json.count + end) == 0)
            let weights = try BertWeights(modelFolder: folder)
            let specs = isTrained ? configuration.tensors(for: .pooled).map { ParameterSpec($0) } : []
            let trained = TrainedTensors(ParameterLayout(specs))
            let taken = try ContinuousClock().measure {
                let plan = try weights.backbone(Attachments(rows: .pooled, trained: trained), WeightStorage().planned)
                #expect(plan.memory.weights.own >= 4 * 2 * 1024 * inner)
            }
            #expect(taken < .seconds(3))
        }
    }

    @Test func `a missing pooler starts at random, the same every time`() throws {
        try ModelFolder.withChanged(
            tensors: { $0.filter { !$0.name.hasPrefix("pooler") } },
            { folder in
                let weights = try BertWeights(modelFolder: folder)
                #expect(weights.remarks == ["its pooler starts at random"])
                _ = try bert(folder)
            })
    }

    @Test func `a folder without weights is an error that names them`() throws {
        try ModelFolder.withChanged { folder in
            try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
            let error = #expect(throws: CheckpointError.self) { try BertWeights(modelFolder: folder) }
            #expect(
                error?.description.hasPrefix(folder + ": has no model.safetensors, nor model.safetensors.index.json") == true)
        }
    }

    @Test func `a head in the checkpoint is found, and refused in another shape`() throws {
        try ModelFolder.withChanged(
            tensors: { $0 + [.init(name: "classifier.bias", shape: [2], values: [1, 2])] },
            { folder in
                let weights = try BertWeights(modelFolder: folder)
                let bias = try weights.headTensor("classifier.bias", shape: [2])
                #expect(bias.map { tensor in withExtendedLifetime(tensor) { Array(tensor.values) } } == [1, 2])
                #expect(throws: CheckpointError.self) { try weights.headTensor("classifier.bias", shape: [3]) }
            })
    }
}
