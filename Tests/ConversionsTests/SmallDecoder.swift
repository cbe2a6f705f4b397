import Backbones
import Checkpoints
import Foundation
import Layers
import TrainerSettings

/// A small random decoder with a real tokenizer, in a folder of its own.
final class SmallDecoder {
    let path: String
    static let tokenizers = SmallTrial.fixtures + "/TokenizersTests/Fixtures/sentencepiece/"

    static let sizes: [String: SettingValue] = [
        "hidden_size": .int(32), "intermediate_size": .int(40), "num_hidden_layers": .int(2), "num_attention_heads": .int(4),
        "num_key_value_heads": .int(2), "head_dim": .int(8), "vocab_size": .int(400), "max_position_embeddings": .int(256),
        "rms_norm_eps": .double(1e-5), "eos_token_id": .int(2),
    ]

    /// - Parameters:
    ///   - model: its model_type.
    ///   - values: of config.json.
    ///   - tokenizer: a folder of ``tokenizers``, or a whole path.
    init(_ model: String, _ values: [String: SettingValue] = [:], tokenizer: String = "llama") throws {
        path = FileManager.default.temporaryDirectory.path + "/decoder-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let all = Self.sizes.merging(["model_type": .string(model)]) { $1 }.merging(values) { $1 }
        try Data(JSONWriter.text(.object(all), .shown).utf8).write(to: URL(filePath: path + "/config.json"))
        var state: UInt64 = 11
        let tensors = try Architectures.configuration(of: path).tensors(for: .listed).map { tensor in
            let count = tensor.shape.reduce(1, *)
            let numbers = (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Double(state >> 40) / Double(1 << 24) - 0.5) * 0.6
            }
            return SafetensorsWriter.Tensor(name: tensor.name, shape: tensor.shape, values: numbers)
        }
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: path + "/model.safetensors")
        let own = tokenizer.hasPrefix("/") ? tokenizer : Self.tokenizers + tokenizer
        for file in ["tokenizer.json", "tokenizer_config.json"] {
            try FileManager.default.copyItem(atPath: own + "/" + file, toPath: path + "/" + file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
