import Checkpoints
import Foundation
import Layers

@testable import Backbones

/// One of the tiny random encoders of Fixtures, and what transformers computes with it
/// (Benchmarks/fixtures/make_encoder_fixtures.py).
struct TinyEncoder {
    let folder: String

    static let all = ["roberta", "xlm-roberta", "distilbert", "electra"]

    init(_ name: String) {
        folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/tiny-encoders/" + name
    }

    func numbers(_ name: String) throws -> [Float] {
        let tensor = try SafetensorsFile(path: folder + "/golden.safetensors").tensor(name)
        return withExtendedLifetime(tensor) { Array(tensor.values) }
    }

    func batch() throws -> PackedBatch {
        PackedBatch(tokens: try numbers("tokens").map(Int32.init), offsets: try numbers("offsets").map(Int32.init))
    }

    func configuration() throws -> BertConfiguration { try BertConfiguration(modelFolder: folder) }
    func weights() throws -> BertWeights { try BertWeights(modelFolder: folder) }
}
